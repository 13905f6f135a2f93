namespace NatsActors.Buffer;

/// <summary>
/// What the buffer gives a link to write: whole frames, as they lie in the buffer. The memory stays valid until the link has
/// confirmed the batch or has reported that it is lost.
/// </summary>
internal readonly record struct FrameBatch(ReadOnlyMemory<byte> Frames, long FirstSequence, long LastSequence, int Messages);
