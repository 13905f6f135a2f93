using System.Diagnostics.CodeAnalysis;

namespace NatsActors.Kernel;

/// <summary>
/// The place of one actor: its mailbox, its gate, and whichever instance lives in it. At most one run of it is scheduled at a
/// time, and a run holds the gate; all state but the queues is touched inside of runs only.
/// </summary>
internal sealed partial class ActorCell : IUntypedActorContext, IThreadPoolWorkItem
{
    /// <summary>Messages of a run. More would keep a door at the gate waiting for longer, and gains nothing.</summary>
    public const int Throughput = 256;

    private const int Idle = 0;
    private const int Running = 1;
    private const int Notified = 2;

    [ThreadStatic]
    private static ActorCell? t_current;

    private readonly Mailbox _mailbox;
    private readonly SystemQueue _systemQueue = new();
    private readonly LocalActorRef _self;
    private readonly LocalActorRef? _parent;
    private UntypedReceive? _receive;
    private IActorRef? _sender;

    /// <summary>Notified: a run will look into the queues from now on. Running: one looks now. Idle: none is scheduled.</summary>
    private int _status;

    /// <summary>The cell is not scheduled before <see cref="Start"/>, so that it can be made under its parent's lock.</summary>
    public ActorCell(ActorSystem system, Props props, LocalActorRef? parent, string name)
    {
        System = system;
        Props = props;
        _parent = parent;
        _mailbox = new Mailbox(props.MailboxBound);
        _self = new LocalActorRef(this, new ActorPath(system.Name, parent?.Path, name));
        _systemQueue.Put(new SystemMessage.Create());
    }

    /// <summary>The cell whose run this thread is in.</summary>
    public static ActorCell? Current => t_current;

    public Lock Gate { get; } = new();

    public ActorSystem System { get; }

    public Props Props { get; }

    public LocalActorRef Self => _self;

    IActorRef IActorContext.Self => _self;

    public IActorRef Parent => _parent ?? ActorRefs.Nobody;

    public IActorRef Sender => _sender ?? System.DeadLetters;

    /// <summary>The sender as it was told, null for none.</summary>
    public IActorRef? RawSender => _sender;

    public void Start() => TrySchedule();

    public void Become(UntypedReceive receive) => _receive = receive;

    public void Post(object message, IActorRef? sender)
    {
        if (message is null)
        {
            throw new InvalidMessageException("Message is null.");
        }

        if (_mailbox.TryPut(message, sender))
        {
            TrySchedule();
        }
        else
        {
            System.PublishDeadLetter(message, sender, _self);
        }
    }

    public void SendSystem(SystemMessage message)
    {
        _systemQueue.Put(message);
        TrySchedule();
    }

    void IThreadPoolWorkItem.Execute()
    {
        bool more;
        lock (Gate)
        {
            var outer = t_current;
            t_current = this;
            more = RunUntilIdle();
            _sender = null;
            t_current = outer;
        }

        if (more)
        {
            System.Dispatcher.Schedule(this);
        }
    }

    private void TrySchedule()
    {
        // The message has to be visible before the status is read, or the run that ends meanwhile and this teller could each
        // leave it to the other. While the cell is busy the first teller of a pass writes, and the others only read.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _status) != Notified && Interlocked.Exchange(ref _status, Notified) == Idle)
        {
            System.Dispatcher.Schedule(this);
        }
    }

    /// <summary>
    /// True when the run's share is used up. The queues are never looked at once the cell is idle: another run may have begun,
    /// and they bear one reader.
    /// </summary>
    private bool RunUntilIdle()
    {
        var handled = 0;
        do
        {
            Interlocked.Exchange(ref _status, Running);
            if (!Run(ref handled))
            {
                return true;
            }
        }
        while (Interlocked.CompareExchange(ref _status, Idle, Running) != Running);

        return false;
    }

    /// <summary>False when the share is used up, true when nothing is left that the cell could handle now.</summary>
    private bool Run(ref int handled)
    {
        while (handled++ < Throughput)
        {
            if (_systemQueue.HasMessages)
            {
                RunSystem();
            }

            if (_suspensions > 0 || !_mailbox.TryTake(out var envelope))
            {
                return true;
            }

            Handle(envelope.Message, envelope.Sender);
        }

        return false;
    }

    [SuppressMessage("Design", "CA1031", Justification = "What an actor throws is its supervisor's to judge.")]
    private void Handle(object message, IActorRef? sender)
    {
        _sender = sender;
        try
        {
            if (Mailbox.IsKernels(message))
            {
                HandleKernels(message);
            }
            else
            {
                _receive!(message);
            }
        }
        catch (Exception cause)
        {
            _failedMessage = message is ActorTimer timer ? timer.Message : message;
            Fail(cause, null);
        }

        _mailbox.Release(message);
    }

    private void HandleKernels(object message)
    {
        switch (message)
        {
            case ActorTimer tick when _timers?.Accept(tick) is { } accepted:
                _receive!(accepted);
                break;
            case Terminated terminated when AcceptTerminated(terminated.ActorRef):
                _receive!(terminated);
                break;
            case PoisonPill:
                _self.SendSystem(new SystemMessage.Terminate());
                break;
        }
    }

    private void RunSystem()
    {
        while (_systemQueue.TakeAll() is { } message)
        {
            for (var next = message; next is not null; next = message)
            {
                message = next.Next;
                next.Next = null;
                HandleSystem(next);
            }
        }
    }
}
