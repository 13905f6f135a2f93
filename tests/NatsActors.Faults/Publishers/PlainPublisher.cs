using NATS.Client.Core;

namespace NatsActors.Faults;

/// <summary>
/// NATS.Client.Core as its documentation uses it: each <c>PublishAsync</c> is awaited. It gives no outcomes; a call that
/// completes without an error counts as what its caller takes it for, and one that throws as refused.
/// </summary>
internal sealed class PlainPublisher : IPublisherUnderTest
{
    private static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(5);

    private readonly NatsConnection _connection;
    private readonly string _subject;
    private long _accepted;
    private long _refused;

    private PlainPublisher(string name, string subject, NatsConnection connection)
    {
        (Name, _subject, _connection) = (name, subject, connection);
    }

    public string Name { get; }

    public MessageBook Book { get; } = new();

    public bool GivesOutcomes => true;

    public LedgerTotals Totals
    {
        get
        {
            var accepted = Interlocked.Read(ref _accepted);
            return new LedgerTotals { Accepted = accepted, Delivered = accepted, Refused = Interlocked.Read(ref _refused) };
        }
    }

    public static async Task<IPublisherUnderTest> StartAsync(PublisherSettings settings, string subject)
    {
        var connection = settings.Connection;
        var publisher = new NatsConnection(NatsOpts.Default with
        {
            Url = string.Join(',', connection.Servers),
            AuthOpts = new NatsAuthOpts { Username = Logins.UserOf(subject), Password = Logins.Password },
            TlsOpts = connection.Tls.Mode == TlsMode.Off
                ? NatsTlsOpts.Default with { Mode = NATS.Client.Core.TlsMode.Disable }
                : new NatsTlsOpts { Mode = NATS.Client.Core.TlsMode.Require, CaFile = connection.Tls.CaFile },
            ConnectTimeout = connection.ConnectTimeout,
            PingInterval = connection.PingInterval,
        });
        await publisher.ConnectAsync();
        return new PlainPublisher(settings.Name, subject, publisher);
    }

    public async ValueTask<bool> OfferAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var number = Book.Offer();
            using var limit = new CancellationTokenSource(PublishTimeout, TimeProvider.System);
            try
            {
                await _connection.PublishAsync(_subject, Payloads.Create(number), cancellationToken: limit.Token);
                Book.Answer(number, accepted: true);
                Book.End(number, MessageState.Delivered);
                Interlocked.Increment(ref _accepted);
            }
            catch (Exception failure) when (failure is NatsException or OperationCanceledException or IOException)
            {
                Book.Answer(number, accepted: false);
                Interlocked.Increment(ref _refused);
            }
        }

        return true;
    }

    public async Task<bool> FlushAsync(TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout, TimeProvider.System);
        try
        {
            await _connection.PingAsync(limit.Token);
            return true;
        }
        catch (Exception failure) when (failure is NatsException or OperationCanceledException or IOException)
        {
            return false;
        }
    }

    public async Task<int> DrainAsync(TimeSpan deadline)
    {
        await FlushAsync(deadline);
        return 0;
    }

    public void ForceReconnect()
    {
    }

    public bool TryCrash(CrashPoint point) => false;

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
