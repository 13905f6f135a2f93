using System.Text;
using NatsActors.Protocol;

namespace NatsActors.Tests.Protocol;

public sealed class RulesTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("orders.eu.1")]
    [InlineData("$JS.API.INFO")]
    [InlineData("a*b.c>d")]
    [InlineData("größe.日本.😀")]
    public void Subjects_that_can_be_published_to(string subject) => Assert.Null(SubjectRules.Check(subject));

    [Theory]
    [InlineData("", "is empty")]
    [InlineData(".", "empty token at position 0")]
    [InlineData(".a", "empty token at position 0")]
    [InlineData("a.", "empty token at position 2")]
    [InlineData("a..b", "empty token at position 2")]
    [InlineData("a b", "white space at position 1")]
    [InlineData("a\tb", "white space at position 1")]
    [InlineData("a\r\nPUB b 0", "white space at position 1")]
    [InlineData("a\u00a0b", "white space at position 1")]
    [InlineData("a\0b", "control character at position 1")]
    [InlineData("a\u007fb", "control character at position 1")]
    [InlineData("a\u0085b", "white space at position 1")]
    [InlineData("*", "wildcard '*' at position 0")]
    [InlineData("a.*.b", "wildcard '*' at position 2")]
    [InlineData("a.>", "wildcard '>' at position 2")]
    public void Subjects_that_cannot_and_why(string subject, string reason) =>
        Assert.Contains(reason, SubjectRules.Check(subject), StringComparison.Ordinal);

    [Theory]
    [InlineData("61D800")]
    [InlineData("61DC00")]
    [InlineData("D80062")]
    [InlineData("D800D800")]
    public void A_lone_surrogate_is_no_subject_and_no_header_value(string utf16)
    {
        var text = Utf16(utf16);

        Assert.Contains("lone surrogate", SubjectRules.Check(text), StringComparison.Ordinal);
        Assert.Contains("lone surrogate", HeaderRules.Check("A", text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("a.*", true)]
    [InlineData("*.a.>", true)]
    [InlineData(">", true)]
    [InlineData("a.>.b", false)]
    [InlineData("a..b", false)]
    [InlineData("a b", false)]
    [InlineData("", false)]
    public void Filters_may_have_wildcards_and_the_open_one_only_at_the_end(string filter, bool valid) =>
        Assert.Equal(valid, SubjectRules.CheckFilter(filter) is null);

    [Theory]
    [InlineData("a.b", "a.b", true)]
    [InlineData("a.b", "a.c", false)]
    [InlineData("a.b", "a", false)]
    [InlineData("a.b", "a.b.c", false)]
    [InlineData("a", "ab", false)]
    [InlineData("ab", "a", false)]
    [InlineData("*", "a", true)]
    [InlineData("*", "a.b", false)]
    [InlineData("a.*.c", "a.b.c", true)]
    [InlineData("a.*.c", "a.b.d", false)]
    [InlineData("a.>", "a", false)]
    [InlineData("a.>", "a.b", true)]
    [InlineData("a.>", "a.b.c", true)]
    [InlineData(">", "a", true)]
    [InlineData("ü.*", "ü.😀", true)]
    [InlineData("ü.*", "u.😀", false)]
    [InlineData("日本", "日", false)]
    [InlineData("日", "日本", false)]
    public void A_filter_covers_a_subject_token_by_token(string filter, string subject, bool covers) =>
        Assert.Equal(covers, SubjectRules.Matches(filter, Encoding.UTF8.GetBytes(subject)));

    [Theory]
    [InlineData("Nats-Msg-Id", "x")]
    [InlineData("A", "")]
    [InlineData("Nats-Batch", "x")]
    [InlineData("X-Nats-Batch-Id", "x")]
    [InlineData("A", "text with spaces, tab\t, ü and 😀")]
    public void Headers_that_can_be_sent(string name, string value) => Assert.Null(HeaderRules.Check(name, value));

    [Theory]
    [InlineData("", "x")]
    [InlineData("A B", "x")]
    [InlineData("A:", "x")]
    [InlineData("A\r\n", "x")]
    [InlineData("Ä", "x")]
    [InlineData("A", "x\r\nB: y")]
    [InlineData("A", "x\n")]
    [InlineData("A", "x\0")]
    public void Headers_that_cannot(string name, string value) => Assert.NotNull(HeaderRules.Check(name, value));

    [Theory]
    [InlineData("Nats-Batch-Id")]
    [InlineData("nats-batch-sequence")]
    [InlineData("NATS-BATCH-COMMIT")]
    [InlineData("Nats-Batch-Of-Tomorrow")]
    public void Headers_of_batches_are_reserved(string name) =>
        Assert.Equal($"the header '{name}' is reserved: Nats-Batch- makes a stream take the message as part of a batch", HeaderRules.Check(name, "1"));

    [Fact]
    public void The_reason_against_a_header_does_not_repeat_its_value() =>
        Assert.DoesNotContain("secret", HeaderRules.Check("A", "secret\n"), StringComparison.Ordinal);

    private static string Utf16(string hex)
    {
        // xunit cannot carry a lone surrogate in an attribute.
        var text = new StringBuilder();
        for (var at = 0; at < hex.Length;)
        {
            var size = hex[at] == 'D' ? 4 : 2;
            text.Append((char)Convert.ToInt32(hex.Substring(at, size), 16));
            at += size;
        }

        return text.ToString();
    }
}
