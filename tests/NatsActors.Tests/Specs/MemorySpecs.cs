using NatsActors.Links;

namespace NatsActors.Specs;

/// <summary>The memory that a backlog leaves behind.</summary>
public class MemorySpecs : ActorSpec
{
    private static readonly string Large = new('x', 60_000);

    private static readonly PublisherSettings Deep = With(b => b with { MaxMessages = 1000, MaxBytes = 64 << 20 });

    [Fact]
    public void It_is_let_go_of_step_by_step_when_no_other_backlog_comes()
    {
        StartPublisher(Deep);
        Accept([.. Enumerable.Repeat(Large, 400)]);
        Link.Up();
        Serve(Link);
        var left = Parts.Buffer.Buffer.SpareBytes;
        Assert.True(Parts.Buffer.HasExcessSpares);

        Advance(TimeSpan.FromSeconds(25));
        Assert.InRange(Parts.Buffer.Buffer.SpareBytes, 1, left - 1);
        Advance(TimeSpan.FromMinutes(3));

        Assert.False(Parts.Buffer.HasExcessSpares);
    }

    [Fact]
    public void At_the_end_nothing_is_kept()
    {
        StartPublisher(Deep);
        Accept([.. Enumerable.Repeat(Large, 400)]);

        Ask<Drained>(new Drain(TimeSpan.Zero));

        Assert.Equal(0, Parts.Buffer.Buffer.SpareBytes);
    }
}
