using NatsActors.Connection;
using NatsActors.Links;
using NatsActors.Specs.Journals;

namespace NatsActors.Specs.Model;

/// <summary>What a step of a run does; the details come from its salt and from what there is when its turn comes.</summary>
internal enum StepKind
{
    Publish,
    PublishBatch,
    Flush,
    Purge,
    ForceReconnect,
    Drain,
    LinkUp,
    Written,
    Confirmed,
    PubAcks,
    LinkLost,
    Stale,
    Info,
    BufferCrash,
    ConnectionCrash,
    Advance,
    JournalWorks,
    JournalFails,
    JournalCrash,
}

/// <summary>How a run ends, when no step has drained the publisher before.</summary>
internal enum RunEnding
{
    /// <summary>A drain with time enough and a healthy server: everything gets through.</summary>
    DrainToCompletion,

    /// <summary>A drain that its deadline ends.</summary>
    DrainToDeadline,

    /// <summary>A drain that ends at once.</summary>
    DrainAtOnce,

    /// <summary>A healthy server until everything has an outcome, and a drain after that.</summary>
    ServeThenDrain,

    /// <summary>The process is gone. The next publisher over its journal takes up what is there.</summary>
    Crash,
}

/// <summary>
/// One step. It carries its own chance, so that a run from which steps are taken away does the same in those that are left.
/// </summary>
/// <param name="Kind">What it does.</param>
/// <param name="Salt">Decides about its details.</param>
/// <param name="WithNext">The actors get to run only after the next step.</param>
internal readonly record struct ModelStep(StepKind Kind, int Salt, bool WithNext);

/// <summary>All that a seed decides: the settings, the steps, the end. Thirty-six seeds in a row go through all combinations, with and without a journal.</summary>
internal sealed record ModelPlan(int Seed, PublisherSettings Settings, RunEnding Ending, IReadOnlyList<ModelStep> Steps)
{
    private const int Length = 150;

    private static readonly (StepKind Kind, int Weight)[] Weights =
    [
        (StepKind.Publish, 34), (StepKind.PublishBatch, 8), (StepKind.Flush, 3), (StepKind.Purge, 2), (StepKind.ForceReconnect, 2),
        (StepKind.LinkUp, 10), (StepKind.Written, 16), (StepKind.Confirmed, 12), (StepKind.PubAcks, 14), (StepKind.LinkLost, 4),
        (StepKind.Stale, 3), (StepKind.Info, 2), (StepKind.BufferCrash, 2), (StepKind.ConnectionCrash, 2), (StepKind.Advance, 14),
        (StepKind.JournalWorks, 34), (StepKind.JournalFails, 3), (StepKind.JournalCrash, 2),
    ];

    public static ModelPlan Of(int seed)
    {
        var random = new Random(seed);
        var settings = SettingsOf(seed % 18, random);
        settings = (settings.Delivery.Resend && seed / 18 % 2 == 0 ? settings with { Durability = DurabilityOf(random) } : settings).Validate();
        var ending = IsDurable(settings) && random.Next(2) == 0 ? RunEnding.Crash : (RunEnding)random.Next(4);
        var steps = new List<ModelStep>(Length);
        for (var i = 0; i < Length; i++)
        {
            steps.Add(new ModelStep(KindOf(settings, random), random.Next(), random.Next(5) == 0));
        }

        if (random.Next(6) == 0)
        {
            steps.Insert(random.Next(Length), new ModelStep(StepKind.Drain, random.Next(), random.Next(2) == 0));
        }

        return new ModelPlan(seed, settings, ending, steps);
    }

    public static bool IsDurable(PublisherSettings settings) => settings.Durability.Journal.Length > 0;

    public override string ToString() =>
        $"confirm = {Settings.Delivery.Confirm}, resend = {Settings.Delivery.Resend}, overflow = {Settings.Buffer.Overflow}, {(IsDurable(Settings) ? "journal, " : "")}{Ending}";

    private static StepKind KindOf(PublisherSettings settings, Random random)
    {
        while (true)
        {
            var pick = random.Next(Weights.Sum(each => each.Weight));
            var kind = Weights.First(each => (pick -= each.Weight) < 0).Kind;
            if (kind switch
            {
                StepKind.PubAcks => settings.Delivery.Confirm == ConfirmMode.JetStream,
                >= StepKind.JournalWorks => IsDurable(settings),
                _ => true,
            })
            {
                return kind;
            }
        }
    }

    private static DurabilitySettings DurabilityOf(Random random) => new()
    {
        Journal = PlayedJournal.Plugin,
        PageBytes = random.Next(100, 2000),
        PagesInFlight = random.Next(1, 4),
        MarkBytes = random.Next(500, 6000),
        MarkDelay = TimeSpan.FromMilliseconds(random.Next(20, 200)),
        RetryMin = TimeSpan.FromMilliseconds(20),
        RetryMax = TimeSpan.FromMilliseconds(100),
    };

    /// <summary>Limits so small that everything overflows, and times that a few steps pass.</summary>
    private static PublisherSettings SettingsOf(int combination, Random random) => new()
    {
        Connection = new ConnectionSettings
        {
            Servers = random.Next(3) == 0 ? ["nats://a:4222"] : ["nats://a:4222", "nats://b:4222"],
            RandomizeServers = false,
            AuthorizationError = random.Next(10) == 0 ? AuthorizationErrorPolicy.Stop : AuthorizationErrorPolicy.Retry,
            MaxInFlightBytes = random.Next(300, 4000),
            Backoff = new BackoffSettings
            {
                Min = TimeSpan.FromMilliseconds(20),
                Max = TimeSpan.FromMilliseconds(200),
                Authorization = TimeSpan.FromMilliseconds(200),
                MaxAttempts = random.Next(10) == 0 ? 4 : 0,
            },
        },
        Buffer = new BufferSettings
        {
            MaxMessages = random.Next(2, 16),
            MaxBytes = random.Next(4096, 6000),
            Overflow = (OverflowPolicy)(combination / 6),
            WaitTimeout = TimeSpan.FromMilliseconds(300),
            WaitMaxMessages = random.Next(1, 8),
            WaitMaxBytes = random.Next(500, 3000),
            TimeToLive = random.Next(3) == 0 ? TimeSpan.FromMilliseconds(250) : null,
            LowWatermark = 0.4,
            HighWatermark = 0.8,
        },
        Delivery = new DeliverySettings
        {
            Confirm = (ConfirmMode)(combination % 3),
            Resend = combination / 3 % 2 == 0,
            ConfirmTimeout = TimeSpan.FromMilliseconds(400),
            ReplayRate = random.Next(4) == 0 ? 50 : 0,
            PoisonAfter = random.Next(2, 4),
        },
        JetStream = new JetStreamSettings
        {
            MaxInFlightMessages = random.Next(1, 8),
            MaxInFlightBytes = random.Next(300, 4000),
            StrictOrder = combination / 3 % 2 == 0 && random.Next(2) == 0,
            RetryAttempts = random.Next(3),
            RetryMin = TimeSpan.FromMilliseconds(20),
            RetryMax = TimeSpan.FromMilliseconds(100),
            DuplicateWindow = TimeSpan.FromMilliseconds(500),
        },
    };
}
