using System.Globalization;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Hosting;
using NATS.Client.Core;
using NatsActors;
using OutageLab.Counting;

namespace ClusterNodes;

/// <summary>Reads what arrives at NATS, prints the counts once a second, and ends the process with 0 when all has arrived and nothing is lost.</summary>
internal sealed class Counter(
    string nats, Load load, NumberBook book, IRequiredActor<NatsPublisherKey> publisher, IHostApplicationLifetime lifetime) : BackgroundService
{
    private const int JudgesPerLine = 4;
    private const int LinesOfGrace = 10;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var connection = new NatsConnection(new NatsOpts { Url = nats });
        await using var arrivals = await connection.SubscribeCoreAsync<string>(Load.Subject, cancellationToken: stoppingToken);
        var reading = ReadAsync(arrivals, stoppingToken);
        using var judge = new PeriodicTimer(NumberBook.JudgeInterval);
        var (judged, grace) = (0, 0);
        while (grace < LinesOfGrace && book.Counts.Arrived < load.Messages && await judge.WaitForNextTickAsync(stoppingToken))
        {
            book.Judge();
            if (++judged % JudgesPerLine == 0)
            {
                Print(judged / JudgesPerLine, await StatusAsync(stoppingToken));
                grace = book.Counts.Reported == load.Messages ? grace + 1 : 0;
            }
        }

        while (book.Counts.Reported < load.Messages && await judge.WaitForNextTickAsync(stoppingToken))
        {
            // All has been read; the last outcomes are on their way.
        }

        book.Judge();
        Print(judged / JudgesPerLine, await StatusAsync(stoppingToken));
        var counts = book.Counts;
        Environment.ExitCode = counts.Arrived == load.Messages && counts.Lost == 0 && counts.OutOfOrder == 0 ? 0 : 1;
        Console.WriteLine(Environment.ExitCode == 0 ? "every message arrived, in order" : "messages are missing or out of order");
        lifetime.StopApplication();
        await reading;
    }

    private async Task ReadAsync(INatsSub<string> arrivals, CancellationToken stop)
    {
        try
        {
            await foreach (var message in arrivals.Msgs.ReadAllAsync(stop))
            {
                book.Arrive(long.Parse(message.Data!, CultureInfo.InvariantCulture));
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private Task<PublisherStatus> StatusAsync(CancellationToken stop) =>
        publisher.ActorRef.Ask<PublisherStatus>(GetStatus.Instance, TimeSpan.FromSeconds(5), stop);

    private void Print(int seconds, PublisherStatus status)
    {
        var counts = book.Counts;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{seconds,3} s  accepted {status.Totals.Accepted:N0}, delivered {counts.Reported:N0}, buffered {status.BufferedMessages:N0} | "
            + $"read {counts.Arrived:N0}, lost {counts.Lost}, seen twice {counts.Duplicated:N0}, out of order {counts.OutOfOrder} | "
            + $"{status.Server ?? $"{status.State}: {status.LastError}"}"));
    }
}
