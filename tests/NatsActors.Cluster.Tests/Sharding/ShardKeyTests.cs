using NatsActors.Cluster.Sharding;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>Keys that no publisher can have are an error where the message is made.</summary>
public sealed class ShardKeyTests
{
    [Theory]
    [InlineData("", "The key '' must not be empty")]
    [InlineData("a b", "The key 'a b' must be made of letters, digits, '-', '_' and '.'")]
    [InlineData("größe", "The key 'größe' must be made of")]
    [InlineData("a/b", "The key 'a/b' must be made of")]
    [InlineData("a*", "The key 'a*' must be made of")]
    public void A_key_that_breaks_a_rule_is_named_with_the_rule(string key, string text)
    {
        Assert.Contains(text, Assert.Throws<ArgumentException>(() => new KeyedPublish(key, Publish.Text("a", "b"))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new KeyedBatch(key, new PublishBatch([])));
        Assert.Throws<ArgumentException>(() => new KeyedStatus(key));
        Assert.Throws<ArgumentException>(() => new KeyedFlush("good", TimeSpan.Zero) with { Key = key });
    }

    [Fact]
    public void A_key_has_at_most_128_characters()
    {
        Assert.Equal(128, new KeyedStatus(new string('k', 128)).Key.Length);
        var error = Assert.Throws<ArgumentException>(() => new KeyedStatus(new string('k', 129)));
        Assert.Contains("must have at most 128 characters and has 129", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => new KeyedStatus(null!));
    }

    [Theory]
    [InlineData("tenant-7")]
    [InlineData("00_1B.44")]
    public void Other_keys_are_fine(string key) => Assert.Equal(key, new KeyedStatus(key).Key);

    [Fact]
    public void Persistence_ids_of_all_types_and_keys_differ_and_fit_into_the_column_of_a_journal()
    {
        Assert.NotEqual(ShardedType.PersistenceIdOf("a", "b-c"), ShardedType.PersistenceIdOf("a-b", "c"));
        var longest = ShardedType.PersistenceIdOf(new string('t', ShardKey.MostTypeCharacters), new string('k', ShardKey.MostCharacters)) + "-damaged";
        Assert.InRange(longest.Length, 0, 255);
    }
}
