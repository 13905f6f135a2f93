namespace NatsActors.Protocol;

/// <summary>A PubAck, or a refusal in its place, for one frame.</summary>
/// <param name="Sequence">The frame's sequence (the last token of the ack inbox).</param>
/// <param name="Stream">The stream; null when the frame was not stored.</param>
/// <param name="StreamSequence">The sequence in the stream.</param>
/// <param name="Duplicate">True when the stream had a message with the same id already.</param>
/// <param name="Code">The error's HTTP-like code (503: no responders, or JetStream not available); 0 for none.</param>
/// <param name="ErrorCode">JetStream's own error code; 0 for none.</param>
/// <param name="Error">The error in the server's words.</param>
/// <param name="RefusedBy">The stream that an error came from; null for none.</param>
internal readonly record struct PubAck(
    long Sequence, string? Stream, long StreamSequence, bool Duplicate, int Code = 0, int ErrorCode = 0, string? Error = null,
    string? RefusedBy = null);
