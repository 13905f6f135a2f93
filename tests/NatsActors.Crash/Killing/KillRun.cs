using System.Diagnostics;

namespace NatsActors.Crash;

/// <summary>
/// One run: starts the process, kills it at a moment that the seed chooses, starts it again, as often as asked, while the server comes and
/// goes. The last lives are not killed: they send what all of them have left. Then the account is made.
/// </summary>
public static class KillRun
{
    private const int MostDrains = 10;
    private const double EarlyKills = 0.15;
    private const double KillsInTraffic = 0.45;
    private static readonly TimeSpan UpTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(90);

    /// <summary>Runs; the report says whether every promise held.</summary>
    /// <param name="options">The size.</param>
    /// <param name="log">Takes a line for each kill and each change of the server.</param>
    public static async Task<KillReport> RunAsync(CrashOptions options, Action<string>? log = null)
    {
        var started = Stopwatch.GetTimestamp();
        log ??= _ => { };
        var seen = new Arrivals();
        var folder = Directory.CreateTempSubdirectory("crash-").FullName;
        var broken = new List<string>();
        try
        {
            await using var ground = await Ground.StartAsync(options.Mode, seen, new Random(options.Seed), log);
            var life = new LifeOptions(folder, 0, options.Seed, options.Mode, ground.Url, options.MarkBytes, options.Postgres);
            await KillAllAsync(options, life, ground, seen, broken, log);
            var last = await LastAsync(life with { Life = options.Kills + 1 }, seen, broken);
            await ground.CaughtUpAsync();
            var stored = options.Mode == CrashMode.JetStream ? await ground.StoredAsync() : null;
            LifeBook[] lives = [.. Enumerable.Range(1, last).Select(number => LifeBook.Read(folder, number))];
            var account = Account.Of(lives, seen, stored, options.Kills, options.MarkBytes);
            broken.AddRange(account.Broken);
            return new KillReport(options, account, ground.Episodes, broken, Stopwatch.GetElapsedTime(started));
        }
        finally
        {
            if (broken.Count == 0)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task KillAllAsync(
        CrashOptions options, LifeOptions life, Ground ground, Arrivals seen, List<string> broken, Action<string> log)
    {
        using var stop = new CancellationTokenSource();
        var random = new Random(options.Seed + 1);
        var changing = ground.ChangeAsync(stop.Token);
        for (var number = 1; number <= options.Kills && broken.Count == 0 && !changing.IsFaulted; number++)
        {
            seen.NextLife();
            await using var process = LifeProcess.Start(life with { Life = number });
            await MomentAsync(process, seen, random);
            if (process.HasExited)
            {
                broken.Add($"life {number} ended by itself: {process.Output}");
            }

            log($"kill {number}");
            await process.KillAsync();
        }

        await stop.CancelAsync();
        await changing;
    }

    /// <summary>Some kills come while the journal is read, some right after a message has arrived, and the others at any time.</summary>
    private static async Task MomentAsync(LifeProcess process, Arrivals seen, Random random)
    {
        var (roll, length) = (random.NextDouble(), random.NextDouble());
        if (roll < EarlyKills)
        {
            await Task.WhenAny(process.Up, PauseAsync(2000 * length));
            return;
        }

        await process.Up.WaitAsync(UpTimeout, TimeProvider.System);
        if (roll < EarlyKills + KillsInTraffic)
        {
            await Task.WhenAny(seen.NextAsync(), PauseAsync(1000));
            await PauseAsync(40 * length);
        }
        else
        {
            await PauseAsync(1200 * length);
        }
    }

    private static Task PauseAsync(double milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System);

    /// <summary>Starts lives, of which only the first publishes, until one of them leaves nothing in the journal.</summary>
    /// <returns>The number of the last.</returns>
    private static async Task<int> LastAsync(LifeOptions life, Arrivals seen, List<string> broken)
    {
        for (var attempt = 1; ; attempt++, life = life with { Life = life.Life + 1, OnlySends = true })
        {
            seen.NextLife();
            await using var process = LifeProcess.Start(life);
            int? status = null;
            try
            {
                await process.Up.WaitAsync(UpTimeout, TimeProvider.System);
                status = await process.DrainAsync(DrainTimeout);
            }
            catch (TimeoutException)
            {
            }

            if (status != 0 && (status != LifeRun.LeftSome || attempt == MostDrains))
            {
                broken.Add($"life {life.Life} did not send what was left, status {status}: {process.Output}");
            }

            if (status != LifeRun.LeftSome || attempt == MostDrains)
            {
                return life.Life;
            }
        }
    }
}
