namespace NatsActors.Embedded.Tests.Kernel;

/// <summary>Random trees, failures, directives and stops in random order: whoever is alive afterwards answers.</summary>
public class InterleavingTests
{
    [Fact]
    public async Task No_interleaving_of_failures_and_stops_leaves_an_actor_stuck()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            await RunSeed(seed);
        }
    }

    private static async Task RunSeed(int seed)
    {
        var random = new Random(seed);
        var steps = new StepDispatcher(random);
        var system = ActorSystem.Create("random", new KernelOptions { Dispatcher = steps, Time = new KernelTime() });
        var living = new HashSet<IActorRef>();
        for (var i = 0; i < 3; i++)
        {
            system.ActorOf(Node.Props(2, random, living));
        }

        steps.RunUntilIdle();
        var everyone = living.ToArray();
        for (var i = 0; i < 60; i++)
        {
            everyone[random.Next(everyone.Length)].Tell(Node.Order(random));
            for (var runs = random.Next(4); runs > 0; runs--)
            {
                steps.RunOne();
            }
        }

        steps.RunUntilIdle();
        foreach (var actor in living)
        {
            var answer = actor.Ask<string>("ping");
            steps.RunUntilIdle();
            Assert.True(answer.IsCompletedSuccessfully, $"seed {seed}: {actor} does not answer");
        }

        var end = system.TerminateAsync();
        steps.RunUntilIdle();
        Assert.True(end.IsCompleted, $"seed {seed}: the system does not end");
        await end;
        Assert.Empty(living);
    }

    private sealed class Fault(Directive[] path) : Exception
    {
        /// <summary>What each ancestor decides, from the parent up.</summary>
        public Directive At(int height) => path[Math.Min(height, path.Length - 1)];
    }

    private sealed class Node : UntypedActor
    {
        private readonly int _height;
        private readonly Random _random;
        private readonly HashSet<IActorRef> _living;
        private readonly bool _keepsChildren;

        private Node(int height, Random random, HashSet<IActorRef> living)
        {
            (_height, _random, _living) = (height, random, living);
            _keepsChildren = random.Next(2) == 0;
            living.Add(Self);
            if (random.Next(30) == 0)
            {
                living.Remove(Self);
                throw new Boom();
            }
        }

        public static Props Props(int height, Random random, HashSet<IActorRef> living) =>
            NatsActors.Kernel.Props.Create(() => new Node(height, random, living));

        public static object Order(Random random) => random.Next(6) switch
        {
            0 => PoisonPill.Instance,
            1 => "stop child",
            _ => new Fault([.. Enumerable.Range(0, 3).Select(_ => (Directive)random.Next(4))]),
        };

        protected override void PreStart()
        {
            for (var i = 0; _height > 0 && i < 2; i++)
            {
                if (Context.Child($"c{i}").IsNobody())
                {
                    Context.ActorOf(Props(_height - 1, _random, _living), $"c{i}");
                }
            }
        }

        protected override void PostStop() => _living.Remove(Self);

        protected override void PreRestart(Exception reason, object message)
        {
            if (_keepsChildren)
            {
                PostStop();
            }
            else
            {
                base.PreRestart(reason, message);
            }
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(
            cause => cause is Fault fault ? fault.At(_height - 1) : _random.Next(2) == 0 ? Directive.Stop : Directive.Restart);

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Fault fault: throw fault;
                case "ping": Sender.Tell("pong"); break;
                default: Context.Stop(Context.Child("c0")); break;
            }
        }
    }
}
