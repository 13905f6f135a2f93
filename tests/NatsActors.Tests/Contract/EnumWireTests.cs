using NatsActors.Connection;
using NatsActors.Serialization;
using NatsActors.Serialization.Wire;

namespace NatsActors.Tests.Contract;

/// <summary>Enums have numbers of their own on the wire, and a fallback for what the other side knows and this one does not.</summary>
public sealed class EnumWireTests
{
    [Fact]
    public void Every_value_has_a_number_of_its_own()
    {
        AssertAll<BufferLimit, BufferLimitWire>(EnumWire.Write, EnumWire.Read);
        AssertAll<RejectReason, RejectReasonWire>(EnumWire.Write, EnumWire.Read);
        AssertAll<UndeliveredReason, UndeliveredReasonWire>(EnumWire.Write, EnumWire.Read);
        AssertAll<ConnectionState, ConnectionStateWire>(EnumWire.Write, EnumWire.Read);
        AssertAll<LinkLossKind, LinkLossKindWire>(EnumWire.Write, EnumWire.Read);
        AssertAll<OverflowPolicy, OverflowPolicyWire>(EnumWire.Write, EnumWire.Read);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    [InlineData(-1)]
    public void A_value_of_a_newer_version_reads_as_the_fallback(int number)
    {
        Assert.Equal(BufferLimit.Bytes, EnumWire.Read((BufferLimitWire)number));
        Assert.Equal(RejectReason.InternalError, EnumWire.Read((RejectReasonWire)number));
        Assert.Equal(UndeliveredReason.Indeterminate, EnumWire.Read((UndeliveredReasonWire)number));
        Assert.Equal(ConnectionState.Connecting, EnumWire.Read((ConnectionStateWire)number));
        Assert.Equal(LinkLossKind.Closed, EnumWire.Read((LinkLossKindWire)number));
        Assert.Equal(OverflowPolicy.Reject, EnumWire.Read((OverflowPolicyWire)number));
    }

    [Fact]
    public void The_numbers_stay()
    {
        Assert.Equal("BadSubject 1, BadReplyTo 2, BadHeader 3, BadTimeToLive 4, BadMessage 5, ControlLineTooLong 6, TooLargeForServer 7, "
            + "TooLargeForBuffer 8, TooLargeForRemote 9, Draining 10, Closed 11, InternalError 12, BadBatch 13, NotDurable 14", Numbers<RejectReasonWire>());
        Assert.Equal("Expired 1, Dropped 2, Purged 3, PermissionDenied 4, TooLarge 5, NotStored 6, Poison 7, Indeterminate 8, Closed 9, Kept 10",
            Numbers<UndeliveredReasonWire>());
        Assert.Equal("Bytes 1, Messages 2, Waiters 3, WaitTimeout 4", Numbers<BufferLimitWire>());
        Assert.Equal("Connecting 1, Connected 2, Backoff 3, Draining 4, Closed 5", Numbers<ConnectionStateWire>());
        Assert.Equal("Unreachable 1, Protocol 2, Tls 3, Authorization 4, Closed 5, ServerError 6, Timeout 7, Local 8", Numbers<LinkLossKindWire>());
        Assert.Equal("Reject 1, Wait 2, DropOldest 3", Numbers<OverflowPolicyWire>());
    }

    private static string Numbers<TWire>()
        where TWire : struct, Enum => string.Join(", ",
            Enum.GetValues<TWire>().Where(value => Convert.ToInt32(value) > 0).OrderBy(value => value).Select(value => $"{value} {value:D}"));

    private static void AssertAll<T, TWire>(Func<T, TWire> write, Func<TWire, T> read)
        where T : struct, Enum
        where TWire : struct, Enum
    {
        Assert.All(Enum.GetValues<T>(), value =>
        {
            Assert.NotEqual(default, write(value));
            Assert.Equal(value, read(write(value)));
        });
        Assert.Equal(default, write((T)Enum.ToObject(typeof(T), 99)));
    }
}
