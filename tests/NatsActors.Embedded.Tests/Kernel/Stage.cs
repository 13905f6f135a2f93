namespace NatsActors.Embedded.Tests.Kernel;

/// <summary>A system under a step dispatcher and a manual clock, and a log that actors and probes write to.</summary>
internal sealed class Stage
{
    public Stage() => System = ActorSystem.Create("stage", new KernelOptions { Time = Time, Dispatcher = Steps });

    public StepDispatcher Steps { get; } = new();

    public KernelTime Time { get; } = new();

    public ActorSystem System { get; }

    public List<object> Log { get; } = [];

    public IEnumerable<string> Texts => Log.OfType<string>();

    public void Run() => Steps.RunUntilIdle();

    public void Advance(double seconds)
    {
        Time.Advance(TimeSpan.FromSeconds(seconds));
        Run();
    }

    public IActorRef Start(Script script, string? name = null)
    {
        var actor = System.ActorOf(script.Props(this), name);
        Run();
        return actor;
    }

    public void Tell(IActorRef actor, params object[] messages)
    {
        foreach (var message in messages)
        {
            actor.Tell(message);
        }

        Run();
    }

    /// <summary>Runs an action as a message of a scripted actor.</summary>
    public void Do(IActorRef actor, Action<ScriptedActor> action) => Tell(actor, action);

    /// <summary>An actor that logs what it gets.</summary>
    public IActorRef Probe(string name = "probe") => Start(new Script { OnMessage = (_, message) => Log.Add(message) }, name);

    public IActorRef Listen<T>()
    {
        var probe = Probe("listener");
        System.EventStream.Subscribe(probe, typeof(T));
        return probe;
    }
}

/// <summary>What a scripted actor does; everything that is null is the default of the base class.</summary>
internal sealed class Script
{
    public Action<ScriptedActor>? Constructor { get; init; }

    public Action<ScriptedActor>? Start { get; init; }

    public Action<ScriptedActor>? Stopped { get; init; }

    public Action<ScriptedActor, Exception, object?>? BeforeRestart { get; init; }

    public Action<ScriptedActor, object>? OnMessage { get; init; }

    public SupervisorStrategy? Strategy { get; init; }

    public Props Props(Stage stage) => NatsActors.Kernel.Props.Create(() => new ScriptedActor(this, stage));
}

internal sealed class ScriptedActor : UntypedActor, IWithTimers
{
    private readonly Script _script;

    public ScriptedActor(Script script, Stage stage)
    {
        _script = script;
        Stage = stage;
        script.Constructor?.Invoke(this);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public Stage Stage { get; }

    public List<object> Log => Stage.Log;

    public IUntypedActorContext Ctx => Context;

    public IActorRef Me => Self;

    public IActorRef From => Sender;

    public void Turn(UntypedReceive receive) => Become(receive);

    public void NotMine(object message) => Unhandled(message);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Exception exception: throw exception;
            case Func<object> question: Sender.Tell(question()); break;
            case Action<ScriptedActor> action: action(this); break;
            case var other when _script.OnMessage is { } handle: handle(this, other); break;
            default: Unhandled(message); break;
        }
    }

    protected override void PreStart() => _script.Start?.Invoke(this);

    protected override void PostStop() => _script.Stopped?.Invoke(this);

    protected override void PreRestart(Exception reason, object message)
    {
        if (_script.BeforeRestart is { } hook)
        {
            hook(this, reason, message);
        }
        else
        {
            base.PreRestart(reason, message);
        }
    }

    protected override SupervisorStrategy SupervisorStrategy() => _script.Strategy ?? base.SupervisorStrategy();
}

internal sealed class Boom(string message = "boom") : Exception(message);
