namespace NatsActors.Pipe;

/// <summary>Where lines go: the two doors of the publisher.</summary>
internal interface ILineSink
{
    bool TryPublish(ReadOnlySpan<byte> line, out PublishReply? refusal);

    ValueTask<PublishReply> PublishAsync(ReadOnlyMemory<byte> line);
}

/// <summary>One publisher and one subject.</summary>
internal sealed class PublisherSink(NatsPublisher publisher, string subject) : ILineSink
{
    public bool TryPublish(ReadOnlySpan<byte> line, out PublishReply? refusal) => publisher.TryPublish(subject, line, out refusal);

    public ValueTask<PublishReply> PublishAsync(ReadOnlyMemory<byte> line) => publisher.PublishAsync(subject, line);
}
