using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NatsActors.Testing;

/// <summary>
/// An independent receiver: its own connection and its own parser, no code in common with the publisher. Keeps what arrives on
/// <see cref="SubscribeAsync"/> in the order of arrival. It does not reconnect.
/// </summary>
public sealed class NatsReader : IAsyncDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(15);

    private readonly TcpClient _client = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ConcurrentDictionary<int, Action<ReceivedMessage>> _subscriptions = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _pongs = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly Lock _lock = new();
    private readonly List<ReceivedMessage> _messages = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private Task _reading = Task.CompletedTask;
    private Stream _stream = Stream.Null;
    private int _lastSubscription;

    private NatsReader()
    {
    }

    /// <summary>What arrived, in order; a copy.</summary>
    public IReadOnlyList<ReceivedMessage> Messages
    {
        get
        {
            lock (_lock)
            {
                return [.. _messages];
            }
        }
    }

    /// <summary>How many arrived.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _messages.Count;
            }
        }
    }

    /// <summary>The server's <c>-ERR</c> lines.</summary>
    public IReadOnlyCollection<string> Errors => [.. _errors];

    /// <summary>Completes when the connection has ended.</summary>
    public Task Ended => _reading;

    /// <summary>Connects to a server on a loopback port.</summary>
    public static async Task<NatsReader> ConnectAsync(int port, string? user = null, string? password = null, string? token = null)
    {
        var reader = new NatsReader();
        try
        {
            await reader.OpenAsync(port, user, password, token).WaitAsync(AnswerTimeout);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    /// <summary>Subscribes and waits until the server knows it; what arrives is kept in <see cref="Messages"/>.</summary>
    public Task SubscribeAsync(string subject) => SubscribeAsync(subject, Keep);

    /// <summary>Completes when <paramref name="count"/> messages have arrived in all.</summary>
    /// <exception cref="TimeoutException">They have not; the message says how many there were.</exception>
    public async Task<IReadOnlyList<ReceivedMessage>> WaitForAsync(int count, TimeSpan? timeout = null)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_messages.Count >= count)
            {
                reached.SetResult();
            }
            else
            {
                _waiting.Add((count, reached));
            }
        }

        try
        {
            await reached.Task.WaitAsync(timeout ?? AnswerTimeout);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Count} of {count} messages arrived.{string.Concat(_errors.Select(error => $" {error}"))}");
        }

        return Messages;
    }

    /// <summary>PING, and waits for the PONG: everything that the server had for this reader before has arrived.</summary>
    public async Task PingAsync()
    {
        var pong = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await WriteAsync("PING\r\n"u8.ToArray(), () => _pongs.Enqueue(pong));
        await Task.WhenAny(pong.Task, _reading).WaitAsync(AnswerTimeout);
        // A connection that had ended before the PING was sent fails none of those who wait.
        await (pong.Task.IsCompleted ? pong.Task : throw Gone());
    }

    /// <summary>Publishes; for requests and for messages that do not come from the publisher under test.</summary>
    public Task PublishAsync(string subject, ReadOnlyMemory<byte> payload, string? replyTo = null)
    {
        var line = $"PUB {subject} {(replyTo is null ? "" : replyTo + " ")}{payload.Length}\r\n";
        return WriteAsync([.. Encoding.UTF8.GetBytes(line), .. payload.Span, .. "\r\n"u8]);
    }

    /// <summary>One request, one reply.</summary>
    public async Task<ReceivedMessage> RequestAsync(string subject, ReadOnlyMemory<byte> payload, TimeSpan? timeout = null)
    {
        var reply = new TaskCompletionSource<ReceivedMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        var inbox = $"_INBOX.reader.{Guid.NewGuid():N}";
        await SubscribeAsync(inbox, message => reply.TrySetResult(message));
        await PublishAsync(subject, payload, inbox);
        return await reply.Task.WaitAsync(timeout ?? AnswerTimeout);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _reading;
    }

    internal async Task SubscribeAsync(string subject, Action<ReceivedMessage> handle)
    {
        var id = Interlocked.Increment(ref _lastSubscription);
        _subscriptions[id] = handle;
        await WriteAsync(Encoding.UTF8.GetBytes($"SUB {subject} {id}\r\n"));
        await PingAsync();
    }

    private async Task OpenAsync(int port, string? user, string? password, string? token)
    {
        _client.NoDelay = true;
        await _client.ConnectAsync(IPAddress.Loopback, port);
        // A client that has seen the end gives its stream no more.
        _stream = _client.GetStream();
        var wire = new WireReader(_stream);
        await wire.LineAsync();
        var fields = new List<string> { "\"verbose\":false", "\"pedantic\":false", "\"headers\":true", "\"no_responders\":true" };
        void Add(string name, string? value)
        {
            if (value is not null)
            {
                fields.Add($"\"{name}\":\"{value}\"");
            }
        }

        Add("user", user);
        Add("pass", password);
        Add("auth_token", token);
        await WriteAsync(Encoding.UTF8.GetBytes($"CONNECT {{{string.Join(',', fields)}}}\r\n"));
        _reading = ReadAsync(wire);
        await PingAsync();
    }

    private async Task WriteAsync(byte[] bytes, Action? before = null)
    {
        await _writing.WaitAsync();
        try
        {
            before?.Invoke();
            await _stream.WriteAsync(bytes);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReadAsync(WireReader wire)
    {
        await Task.Yield();
        try
        {
            while (await wire.LineAsync() is { } line)
            {
                await HandleAsync(line, wire);
            }
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException)
        {
        }

        while (_pongs.TryDequeue(out var pong))
        {
            pong.TrySetException(Gone());
        }
    }

    private IOException Gone() => new($"The connection has ended. {string.Join(' ', _errors)}");

    private async ValueTask HandleAsync(string line, WireReader wire)
    {
        if (line.StartsWith("MSG ", StringComparison.Ordinal) || line.StartsWith("HMSG ", StringComparison.Ordinal))
        {
            var (subscription, message) = await MessageAsync(line, wire);
            _subscriptions[subscription](message);
        }
        else if (line == "PING")
        {
            await WriteAsync("PONG\r\n"u8.ToArray());
        }
        else if (line == "PONG" && _pongs.TryDequeue(out var pong))
        {
            pong.TrySetResult();
        }
        else if (line.StartsWith("-ERR", StringComparison.Ordinal))
        {
            _errors.Enqueue(line);
        }
    }

    private static async ValueTask<(int Subscription, ReceivedMessage Message)> MessageAsync(string line, WireReader wire)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var withHeaders = fields[0] == "HMSG";
        var sizes = withHeaders ? 2 : 1;
        var replyTo = fields.Length == 4 + sizes ? fields[3] : null;
        var headerBytes = withHeaders ? int.Parse(fields[^2], CultureInfo.InvariantCulture) : 0;
        var block = await wire.BlockAsync(int.Parse(fields[^1], CultureInfo.InvariantCulture));
        var (status, headers) = ParseHeaders(Encoding.UTF8.GetString(block.AsSpan(0, headerBytes)));
        var payload = headerBytes == 0 ? block : block[headerBytes..];
        var subscription = int.Parse(fields[2], CultureInfo.InvariantCulture);
        return (subscription, new ReceivedMessage(fields[1], payload, headers, replyTo, status));
    }

    private static (int Status, List<KeyValuePair<string, string>> Headers) ParseHeaders(string text)
    {
        var headers = new List<KeyValuePair<string, string>>();
        var lines = text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':');
            headers.Add(new(line[..colon], line[(colon + 1)..].Trim()));
        }

        var first = lines.Length == 0 ? [] : lines[0].Split(' ');
        return (first.Length > 1 && int.TryParse(first[1], out var status) ? status : 0, headers);
    }

    private void Keep(ReceivedMessage message)
    {
        List<TaskCompletionSource> reached = [];
        lock (_lock)
        {
            _messages.Add(message);
            if (_waiting.Count > 0)
            {
                reached.AddRange(_waiting.Where(waiter => waiter.Count <= _messages.Count).Select(waiter => waiter.Reached));
                _waiting.RemoveAll(waiter => waiter.Count <= _messages.Count);
            }
        }

        foreach (var waiter in reached)
        {
            waiter.TrySetResult();
        }
    }
}
