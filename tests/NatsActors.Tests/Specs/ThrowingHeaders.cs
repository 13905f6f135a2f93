using System.Collections;

namespace NatsActors.Specs;

/// <summary>A header list that can be read a number of times and throws from then on: a caller's bug inside the publisher.</summary>
internal sealed class ThrowingHeaders(int goodReads = 0) : IReadOnlyList<KeyValuePair<string, string>>
{
    private int _reads;

    public int Count => _reads++ < goodReads ? 0 : throw new InvalidOperationException("the list was changed");

    public KeyValuePair<string, string> this[int index] => throw new InvalidOperationException("the list was changed");

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => throw new InvalidOperationException("the list was changed");

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
