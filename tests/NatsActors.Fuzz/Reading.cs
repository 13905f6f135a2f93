using System.Text;
using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Fuzz;

/// <summary>
/// One input, read in given pieces to its end or its violation, as a link does. Holds the parser to its promises on the way:
/// bounded work, a bounded buffer, words that are fit for a log line, and a violation that stays.
/// </summary>
internal sealed class Reading
{
    private const int LongestWords = 700;
    private readonly ReaderLimits _limits;
    private readonly ProtocolReader _reader;
    private readonly PubAckReader _acks = new("_I.a");
    private HashCode _events;
    private HashCode _kinds;
    private ServerOp _last = (ServerOp)(-1);
    private string? _violation;

    private Reading(ReaderLimits limits)
    {
        _limits = limits;
        _reader = new ProtocolReader(limits);
    }

    /// <summary>What was read: how much, all of it as a number, and which kinds of things as another.</summary>
    public readonly record struct Result(int Count, int Events, int Kinds, string? Violation);

    public static Result Of(ReadOnlySpan<byte> input, ReaderLimits limits, Func<int, int> nextPiece)
    {
        var reading = new Reading(limits);
        var count = 0;
        for (var at = 0; at < input.Length && reading._violation is null;)
        {
            var piece = Math.Clamp(nextPiece(at), 1, input.Length - at);
            count += reading.Take(input.Slice(at, piece));
            at += piece;
        }

        // An operation has four bytes at least; each piece asks once more in vain for every time that its space was full.
        Promise(count <= (input.Length / 3) + 2, "more operations than the input has bytes for");
        reading.CheckViolationStays();
        return new Result(count, reading._events.ToHashCode(), reading._kinds.ToHashCode(), reading._violation);
    }

    private static void Promise(bool kept, string promise)
    {
        if (!kept)
        {
            throw new BrokenPromiseException(promise);
        }
    }

    private int Take(ReadOnlySpan<byte> piece)
    {
        var count = 0;
        while (!piece.IsEmpty && _violation is null)
        {
            var space = _reader.Space();
            Promise(!space.IsEmpty, "no space");
            var part = piece[..Math.Min(space.Length, piece.Length)];
            part.CopyTo(space.Span);
            _reader.Received(part.Length);
            piece = piece[part.Length..];
            while (_violation is null && _reader.TryRead(out var message))
            {
                count++;
                Note(message);
            }

            CheckSize();
        }

        return count;
    }

    /// <summary>The buffer holds the longest operation, twice at most because it doubles, and never less than it starts with.</summary>
    private void CheckSize()
    {
        var longest = Math.Max(
            Math.Max(_limits.InfoLine, _limits.ErrorLine), _limits.ControlLine + _limits.Message) + 8;
        Promise(_reader.Capacity <= 2 * Math.Max(ProtocolReader.StartSize, longest), $"a buffer of {_reader.Capacity} bytes");
        Promise(_reader.Unread >= 0 && _reader.Unread <= _reader.Capacity, $"{_reader.Unread} unread bytes");
    }

    private void CheckViolationStays()
    {
        if (_violation is null)
        {
            return;
        }

        for (var i = 0; i < 3; i++)
        {
            var space = _reader.Space();
            "PONG\r\n"u8.CopyTo(space.Span);
            _reader.Received(6);
            Promise(
                _reader.TryRead(out var again) && again.Op == ServerOp.Violation && again.Violation == _violation,
                "something was read after a violation");
        }

        CheckSize();
    }

    private void Note(in ServerMessage message)
    {
        _events.Add((int)message.Op);
        _events.AddBytes(message.Argument);
        _events.AddBytes(message.Subject);
        _events.AddBytes(message.Headers);
        _events.AddBytes(message.Payload);
        if (message.Op != _last)
        {
            _kinds.Add((int)message.Op);
            _last = message.Op;
        }

        switch (message.Op)
        {
            case ServerOp.Info:
                NoteInfo(message.Argument);
                break;
            case ServerOp.Error:
                NoteError(message.Argument);
                break;
            case ServerOp.Message:
                NoteAck(message);
                break;
            case ServerOp.Violation:
                _violation = message.Violation ?? throw new BrokenPromiseException("a violation without a reason");
                CheckWords(_violation, "violation");
                _events.Add(_violation);
                _kinds.Add(_violation.Split('"')[0]);
                break;
        }
    }

    private void NoteInfo(ReadOnlySpan<byte> json)
    {
        var good = ServerInfoJson.TryParse(json, out var info);
        _kinds.Add(good);
        _events.Add(good);
        if (!good)
        {
            return;
        }

        Promise(info.ConnectUrls.Count <= 1000 && info.ConnectUrls.All(url => url.Length <= 1024), "a list of servers that is too long");
        Promise(info.MaxPayload > 0, $"max_payload {info.MaxPayload}");
        Promise(info.ServerId.Length <= 1024 && info.Version.Length <= 1024 && (info.Nonce?.Length ?? 0) <= 1024, "a text that is too long");
        _kinds.Add((info.Headers, info.JetStream, info.AuthRequired, info.TlsRequired, info.LameDuck, info.ConnectUrls.Count, info.Nonce is null));
        _events.Add((info.ServerId, info.Version, info.Nonce, info.MaxPayload, string.Join(' ', info.ConnectUrls)));
    }

    private void NoteError(ReadOnlySpan<byte> text)
    {
        var kind = ServerErrors.Classify(text, out var subject);
        Promise(kind == ServerErrorKind.PublishDenied == subject is not null, "a denial has a subject, and nothing else has");
        Promise((subject?.Length ?? 0) <= text.Length, "a subject that is longer than its line");
        CheckWords(LinkFailure.Of(text).Message, "-ERR");
        _kinds.Add(kind);
        _events.Add((kind, subject));
    }

    private void NoteAck(in ServerMessage message)
    {
        if (!_acks.TryRead(message, out var ack))
        {
            _kinds.Add(0);
            return;
        }

        Promise(ack.Sequence > 0, "a sequence that no frame has");
        Promise(
            ack.Stream is null ? ack.Error is not null && !ack.Duplicate : ack.StreamSequence > 0 && ack.Error is null && ack.Code == 0,
            "an answer that is neither stored nor refused");
        CheckWords(ack.Error ?? "", "PubAck");
        _kinds.Add((ack.Stream is null, ack.Code, ack.ErrorCode != 0, ack.Duplicate));
        _events.Add(ack);
    }

    private static void CheckWords(string words, string where)
    {
        Promise(words.Length <= LongestWords, $"{where}: {words.Length} characters for a log line");
        Promise(!words.Any(char.IsControl), $"{where}: a control character for a log line: {Convert.ToHexString(Encoding.UTF8.GetBytes(words))}");
    }
}

/// <summary>The parser did not keep a promise; the message says which.</summary>
internal sealed class BrokenPromiseException(string promise) : Exception(promise);
