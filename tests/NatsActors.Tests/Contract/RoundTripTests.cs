using System.Runtime.Serialization;
using Google.Protobuf;
using NatsActors.Serialization;
using NatsActors.Serialization.Wire;

namespace NatsActors.Tests.Contract;

/// <summary>Every message of the contract through the serializer.</summary>
public sealed class RoundTripTests : IAsyncLifetime
{
    private readonly ContractSystem _contract = ContractSystem.Local();

    public static TheoryData<string> Messages => [.. ContractSamples.Types.Select(type => type.Name)];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _contract.DisposeAsync();

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_with_every_property_set_arrives_whole(string name) => AssertArrives(ContractSamples.Full(TypeOf(name)));

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_with_nothing_set_arrives_with_nulls_as_nulls(string name) => AssertArrives(ContractSamples.Least(TypeOf(name)));

    [Theory]
    [MemberData(nameof(Messages))]
    public void The_full_sample_differs_from_the_least_one_in_every_property(string name)
    {
        var (full, least) = (ContractSamples.Full(TypeOf(name)), ContractSamples.Least(TypeOf(name)));

        Assert.All(ContractSamples.StateOf(TypeOf(name)), property =>
            Assert.NotEqual(DeepText.Of(property.GetValue(full)), DeepText.Of(property.GetValue(least))));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Fields_of_a_newer_version_are_skipped(string name)
    {
        var message = ContractSamples.Full(TypeOf(name));
        var (bytes, manifest) = _contract.Write(message);
        using var stream = new MemoryStream();
        using (var newer = new CodedOutputStream(stream, leaveOpen: true))
        {
            newer.WriteTag(1000, WireFormat.WireType.Varint);
            newer.WriteInt64(-1);
            newer.WriteTag(1001, WireFormat.WireType.LengthDelimited);
            newer.WriteString("a text of a newer version");
        }

        Assert.Equal(DeepText.Of(message), DeepText.Of(_contract.Read([.. bytes, .. stream.ToArray()], manifest)));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Bytes_that_are_no_message_are_a_serialization_error_and_nothing_else(string name)
    {
        var (bytes, manifest) = _contract.Write(ContractSamples.Full(TypeOf(name)));
        foreach (var broken in new[] { [0xff], [0x0a, 0x7f], bytes.Length > 0 ? bytes[..^1] : [1] })
        {
            // What is cut between two fields is a valid message of fewer fields.
            if (Record.Exception(() => _contract.Read(broken, manifest)) is { } error)
            {
                Assert.IsType<SerializationException>(error);
            }
        }

        Assert.Contains(manifest, Assert.Throws<SerializationException>(() => _contract.Read([0xff], manifest)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_manifest_is_named_with_the_probable_cause()
    {
        var error = Assert.Throws<SerializationException>(() => _contract.Read([], "zz"));

        Assert.Contains("'zz'", error.Message, StringComparison.Ordinal);
        Assert.Contains("newer version of NatsActors", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Null_and_empty_are_told_apart()
    {
        var nothing = new Publish("a", default);
        var empty = nothing with { Headers = [], ReplyTo = "", Id = "", CorrelationId = "", TimeToLive = TimeSpan.Zero };

        AssertArrives(nothing);
        AssertArrives(empty);
        AssertArrives(new Publish { Subject = null!, Headers = [new(null!, null!)] });
        AssertArrives(new PublishBatch([null!, nothing, empty]) { CorrelationId = "" });
        AssertArrives(new Purge(""));
        AssertArrives(new Purged(1) { Error = "" });
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(long.MaxValue)]
    public void A_duration_is_exact(long ticks)
    {
        AssertArrives(new Flush(TimeSpan.FromTicks(ticks)));
        AssertArrives(new Publish("a", default) { TimeToLive = TimeSpan.FromTicks(ticks) });
    }

    [Theory]
    [InlineData(0x61, 0xD800)]
    [InlineData(0xDC00, 0x61)]
    [InlineData(0xD83D, 0xDE00, 0xD83D)]
    [InlineData(0xDE00, 0xD83D)]
    [InlineData(0)]
    [InlineData(0, 'u', '1', '6', ':')]
    [InlineData(0, 'u', '1', '6', ':', 'A', 'A', '=', '=')]
    [InlineData(0xFFFF)]
    public void A_text_arrives_as_it_is_even_when_UTF8_has_no_form_for_it(params int[] utf16)
    {
        var text = new string([.. utf16.Select(unit => (char)unit)]);

        AssertArrives(new Publish(text, default) { Headers = [new(text, text)], CorrelationId = text });
        AssertArrives(new Rejected(RejectReason.BadSubject, text));
    }

    [Fact]
    public void The_payload_is_a_copy_of_its_own()
    {
        byte[] payload = [1, 2, 3];
        var (bytes, manifest) = _contract.Write(new Publish("a", payload));
        payload[0] = 9;
        var read = (Publish)_contract.Read(bytes, manifest);
        bytes.AsSpan().Clear();

        Assert.Equal([1, 2, 3], read.Payload.ToArray());
    }

    [Fact]
    public void A_refusal_may_be_any_reply()
    {
        AssertArrives(new BatchReply(3, 4, (BufferFull)ContractSamples.Full(typeof(BufferFull))));
        AssertArrives(new BatchReply(3, 4, new Ack(5) { CorrelationId = "c" }));
    }

    [Fact]
    public void A_recovered_outcome_may_be_any_outcome() => Assert.All(
        ContractSamples.Types.Where(type => type.IsAssignableTo(typeof(Outcome))),
        type => AssertArrives(new OutcomeRecovered { Publisher = "p", Outcome = (Outcome)ContractSamples.Full(type) }));

    [Fact]
    public void A_type_that_is_not_of_the_contract_is_a_serialization_error()
    {
        var serializer = _contract.SerializerOf(new Ack(1));

        Assert.Contains("not a message of NatsActors", Assert.Throws<SerializationException>(() => serializer.ToBinary("text")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reply_of_a_newer_version_with_less_in_it_is_read()
    {
        Assert.Equal(new Rejected(RejectReason.InternalError, ""), _contract.Read(new RejectedWire().ToByteArray(), "rj"));
        var closed = (Closed)_contract.Read(new ClosedWire().ToByteArray(), "ex");
        Assert.Equal(("", 0), (closed.Publisher, closed.Totals.Accepted));
        var recovered = (OutcomeRecovered)_contract.Read(new OutcomeRecoveredWire { Publisher = "p" }.ToByteArray(), "eor");
        Assert.Equal(("p", UndeliveredReason.Indeterminate), (recovered.Publisher, Assert.IsType<Undelivered>(recovered.Outcome).Reason));
        var status = (PublisherStatus)_contract.Read(new PublisherStatusWire().ToByteArray(), "st");
        Assert.Equal((0, null), (status.UndurableMessages, status.JournalDownFor));
        var unsent = new PublishWire { Unsent = new UnsentWire { CorrelationId = "c" } };
        Assert.Equal(RejectReason.BadMessage, Assert.IsType<UnreadableMessage>(_contract.Read(unsent.ToByteArray(), "p")).Reason);
    }

    [Fact]
    public void Reasons_of_a_newer_version_still_add_up_in_the_ledger()
    {
        var wire = new LedgerTotalsWire { Undelivered = 6 };
        wire.UndeliveredByReason.Add(new ReasonCountWire { Reason = UndeliveredReasonWire.Indeterminate, Count = 1 });
        wire.UndeliveredByReason.Add(new ReasonCountWire { Reason = (UndeliveredReasonWire)77, Count = 2 });
        wire.UndeliveredByReason.Add(new ReasonCountWire { Reason = (UndeliveredReasonWire)78, Count = 3 });

        var totals = ((Closed)_contract.Read(new ClosedWire { Totals = wire }.ToByteArray(), "ex")).Totals;

        Assert.Equal(6, totals.UndeliveredByReason[UndeliveredReason.Indeterminate]);
    }

    private static Type TypeOf(string name) => ContractSamples.Types.Single(type => type.Name == name);

    private void AssertArrives(object message)
    {
        var arrived = _contract.RoundTrip(message);

        Assert.NotSame(message is GetStatus or ForceReconnect ? null : message, arrived);
        Assert.Equal(DeepText.Of(message), DeepText.Of(arrived));
    }
}
