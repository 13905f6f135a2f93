using System.Diagnostics;

namespace NatsActors.Streams;

/// <summary>The elements inside a flow, in order, each with its context and, once it has ended, its result. Elements count from 1.</summary>
internal sealed class ResultSlots<T>
{
    private Slot[] _slots = new Slot[16];
    private long _first = 1;

    /// <summary>Elements that were added and not taken.</summary>
    public int Count { get; private set; }

    /// <summary>The next element comes in.</summary>
    public void Add(T context)
    {
        if (Count == _slots.Length)
        {
            Grow();
        }

        At(_first + Count++).Context = context;
    }

    /// <summary>An element has its result.</summary>
    public void Set(long element, PublishResult result)
    {
        Debug.Assert(element >= _first && element < _first + Count && At(element).Result is null, "An element has one result.");
        At(element).Result = result;
    }

    /// <summary>Takes the first element if it has its result.</summary>
    public bool TryTake(out (PublishResult Result, T Context) element)
    {
        ref var first = ref At(_first);
        if (Count == 0 || first.Result is not { } result)
        {
            element = default;
            return false;
        }

        element = (result, first.Context);
        first = default;
        _first++;
        Count--;
        return true;
    }

    private ref Slot At(long element) => ref _slots[element & (_slots.Length - 1)];

    private void Grow()
    {
        var old = _slots;
        _slots = new Slot[old.Length * 2];
        for (var element = _first; element < _first + Count; element++)
        {
            At(element) = old[element & (old.Length - 1)];
        }
    }

    private struct Slot
    {
        public T Context;
        public PublishResult? Result;
    }
}
