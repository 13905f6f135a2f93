using System.Collections;

namespace NatsActors.Tests.Contract;

/// <summary>A caller's list that throws whatever is asked of it.</summary>
internal sealed class BrokenList<T> : IReadOnlyList<T>
{
    public int Count => throw new InvalidOperationException("count");

    public T this[int index] => throw new InvalidOperationException("item");

    public IEnumerator<T> GetEnumerator() => throw new InvalidOperationException("enumerator");

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
