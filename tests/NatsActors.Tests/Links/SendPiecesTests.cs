using NatsActors.Links;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

public sealed class SendPiecesTests
{
    private const int First = 64 * 1024;

    private readonly VirtualTime _time = new();

    [Fact]
    public void A_connection_that_takes_pieces_quickly_gets_larger_ones_up_to_256_KiB()
    {
        var pieces = new SendPieces(_time, First);
        Assert.Equal([64, 128, 256, 256, 256], Enumerable.Range(0, 5).Select(_ => Send(pieces, TimeSpan.Zero) / 1024));
    }

    [Fact]
    public void A_connection_that_takes_long_for_a_piece_gets_the_first_size_again()
    {
        var pieces = new SendPieces(_time, First);
        Send(pieces, TimeSpan.Zero);
        Send(pieces, TimeSpan.Zero);
        Send(pieces, TimeSpan.FromMilliseconds(50));

        Assert.Equal(First, pieces.Size);
        Send(pieces, TimeSpan.FromMilliseconds(49));
        Assert.Equal(2 * First, pieces.Size);
    }

    [Fact]
    public void The_small_end_of_a_batch_makes_no_piece_larger_but_a_slow_one_smaller()
    {
        var pieces = new SendPieces(_time, First);
        Send(pieces, TimeSpan.Zero);
        pieces.Begin();
        pieces.Sent(First - 1);
        Assert.Equal(2 * First, pieces.Size);

        pieces.Begin();
        _time.Advance(TimeSpan.FromSeconds(1));
        pieces.Sent(1);
        Assert.Equal(First, pieces.Size);
    }

    private int Send(SendPieces pieces, TimeSpan takes)
    {
        var size = pieces.Begin();
        _time.Advance(takes);
        pieces.Sent(size);
        return size;
    }
}
