namespace NatsActors.Core.Tests.Settings;

public sealed class HoconSubsetTests
{
    [Fact]
    public void Sections_dotted_keys_lists_and_comments_become_flat_pairs()
    {
        var values = HoconSubset.Flatten(
            """
            # a comment with { = [
            a {
              b = 5s   # behind a value
              c { d = "x # \"y\" \\" }, e.f = two words
            }
            g = { h = [one, "two, three"
                       four] }
            none = []
            empty {}
            """);

        Assert.Equal(
            ["a.b=5s", "a.c.d=x # \"y\" \\", "a.e.f=two words", "g.h.0=one", "g.h.1=two, three", "g.h.2=four", "none="],
            values.Select(pair => $"{pair.Key}={pair.Value}"));
    }

    [Theory]
    [InlineData("a {\n b = 1", "Line 2: 'a' is not closed.")]
    [InlineData("a = 1\n}", "Line 2: '}' closes nothing.")]
    [InlineData("a", "Line 1: '=' or '{' is expected after 'a'.")]
    [InlineData("a = [1,", "Line 1: the list 'a' is not closed.")]
    [InlineData("a = \"x\ny\"", "Line 1: a quoted value is not closed.")]
    [InlineData("a = \"x\" y", "Line 1: something follows the value of 'a'.")]
    [InlineData("\n= 1", "Line 2: a key is expected.")]
    [InlineData("a = [{ b = 1 }]", "Line 1: a list takes scalars only.")]
    [InlineData("a = [[1]]", "Line 1: a list takes scalars only.")]
    [InlineData("a = ${b}", "Line 1: substitutions are not read.")]
    public void What_is_outside_of_the_subset_is_refused_with_its_line(string text, string message)
    {
        Assert.Equal(message, Assert.Throws<FormatException>(() => HoconSubset.Flatten(text)).Message);
    }
}
