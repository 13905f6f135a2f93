using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NatsActors;

namespace Outbox;

/// <summary>
/// Brings committed rows to the stream, in their order, and deletes a row when the stream has it. What a crash leaves between the two
/// is sent again, and the stream drops the second copy by its id. So nothing is lost, and inside the stream's duplicate window nothing
/// is stored twice.
/// </summary>
/// <remarks>
/// A row that will never be stored (<see cref="FailureOf"/>) keeps the reason and does not block those behind it: one bad message must not
/// stop every order. A row that cannot be stored now (no link, no stream, a full stream) does block, however long it takes. Run one relay
/// for a database.
/// </remarks>
internal sealed class OutboxRelay(
    IDbContextFactory<Shop> shops, INatsPublisher publisher, OutboxSignal signal, RelaySettings settings, TimeProvider clock,
    ILogger<OutboxRelay> log) : BackgroundService
{
    private long _stored;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await RelayAsync(stoppingToken);
            }
            catch (DbException error)
            {
                // What was stored and not deleted is sent again.
                log.LogError(error, "The outbox cannot be read or written");
                await Task.Delay(settings.Retry, clock, stoppingToken);
            }
        }
    }

    /// <summary>Sends one batch and waits until there may be another.</summary>
    private async Task RelayAsync(CancellationToken stopping)
    {
        var rows = await WaitingAsync(stopping);
        if (rows.Count == 0)
        {
            log.LogDebug("The outbox is empty; {Stored} messages stored", _stored);
            await signal.WaitAsync(settings.Poll, stopping);
            return;
        }

        var ends = await SendAsync(rows, stopping);
        await MarkAsync(ends, stopping);
        if (ends.Any(end => end.Reply is Rejected { Reason: RejectReason.Draining or RejectReason.Closed }))
        {
            throw new InvalidOperationException("The publisher has ended."); // ends the host; a new process goes on with the same rows
        }

        if (ends[^1].Reply is BufferFull)
        {
            await publisher.WaitForCapacityAsync(stopping);
        }
        else if (ends.FirstOrDefault(end => end.Stays) is { } first)
        {
            log.LogWarning("The outbox waits at {Subject}: {Outcome}", first.Row.Subject, first.Outcome);
            await Task.Delay(settings.Retry, clock, stopping);
        }
    }

    // From the first row on, and not from a place behind the last one sent: a row with a lower place may be committed later.
    private async Task<List<OutboxRow>> WaitingAsync(CancellationToken stopping)
    {
        await using var shop = await shops.CreateDbContextAsync(stopping);
        return await shop.Outbox.AsNoTracking()
            .Where(row => row.Failure == null).OrderBy(row => row.Position).Take(settings.Batch)
            .ToListAsync(stopping);
    }

    /// <summary>Publishes the rows without waiting in between, so that all are under way at once, and returns how each of them ended.</summary>
    private async Task<IReadOnlyList<RowEnd>> SendAsync(List<OutboxRow> rows, CancellationToken stopping)
    {
        var underWay = new List<Task<RowEnd>>();
        foreach (var row in rows)
        {
            // The message has its reply when the call returns, so the order of the calls is that of the stream.
            var sent = EndOfAsync(row, stopping);
            underWay.Add(sent);
            if (sent.IsCompletedSuccessfully && sent.Result.Reply is BufferFull)
            {
                break; // those behind must not be accepted before this one
            }
        }

        var all = Task.WhenAll(underWay);
        while (true)
        {
            try
            {
                return await all.WaitAsync(settings.Patience, clock, stopping);
            }
            catch (TimeoutException)
            {
                log.LogWarning(
                    "{Count} messages from {Subject} on have no outcome after {Patience} ({State}): no link, or no stream takes them",
                    underWay.Count, rows[0].Subject, settings.Patience, publisher.Status.State);
            }
        }
    }

    private async Task<RowEnd> EndOfAsync(OutboxRow row, CancellationToken stopping)
    {
        var (reply, outcome) = await publisher.PublishForOutcomeAsync(row.ToPublish(), stopping);
        return new RowEnd(row, reply, outcome, FailureOf(reply, outcome));
    }

    private async Task MarkAsync(IReadOnlyList<RowEnd> ends, CancellationToken stopping)
    {
        await using var shop = await shops.CreateDbContextAsync(stopping);
        var stored = ends.Where(end => end.Outcome is Stored).Select(end => end.Row.Position).ToList();
        _stored += await shop.Outbox.Where(row => stored.Contains(row.Position)).ExecuteDeleteAsync(stopping);
        foreach (var (row, _, _, failure) in ends.Where(end => end.Failure is not null))
        {
            log.LogError("The message {Id} to {Subject} will not be sent again: {Failure}", row.Id, row.Subject, failure);
            await shop.Outbox.Where(each => each.Position == row.Position)
                .ExecuteUpdateAsync(set => set.SetProperty(each => each.Failure, failure), stopping);
        }
    }

    /// <summary>Why the message will never be stored; null when it is stored, or may be later.</summary>
    private static string? FailureOf(PublishReply reply, Outcome? outcome) => (reply, outcome) switch
    {
        (Rejected { Reason: not (RejectReason.Draining or RejectReason.Closed) } rejected, _) => $"{rejected.Reason}: {rejected.Detail}",
        (_, Undelivered { Reason: UndeliveredReason.NotStored, Detail: { } detail } undelivered) =>
            // 503 is the server's class for what it cannot do now; here it is a full stream. A fault of the message has code 400.
            detail.Contains("code 503", StringComparison.Ordinal) ? null : $"{undelivered.Reason}: {detail}",
        (_, Undelivered { Reason: UndeliveredReason.PermissionDenied or UndeliveredReason.TooLarge or UndeliveredReason.Poison } undelivered) =>
            $"{undelivered.Reason}: {undelivered.Detail}",
        _ => null,
    };

    private sealed record RowEnd(OutboxRow Row, PublishReply Reply, Outcome? Outcome, string? Failure)
    {
        public bool Stays => Outcome is not Stored && Failure is null;
    }
}

/// <summary>Settings under <c>Relay</c>.</summary>
internal sealed record RelaySettings
{
    /// <summary>Rows that are under way at once. A crash sends at most this many again.</summary>
    public int Batch { get; init; } = 500;

    /// <summary>How often the relay looks for rows that other processes have committed.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The wait before rows that could not be stored, or a database that failed, are tried again.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Rows without an outcome for this long are worth a line in the log.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}
