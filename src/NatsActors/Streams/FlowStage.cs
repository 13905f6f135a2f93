using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Stage;

namespace NatsActors.Streams;

/// <summary>The flow: publishes every element and gives what became of it, in the order of the elements.</summary>
/// <param name="publisher">The publisher.</param>
/// <param name="parallelism">Elements that may be inside the stage.</param>
/// <param name="settings">Valid settings.</param>
internal sealed class FlowStage<T>(IActorRef publisher, int parallelism, PublishStreamSettings settings)
    : GraphStage<FlowShape<(Publish, T), (PublishResult, T)>>
{
    private readonly Inlet<(Publish, T)> _in = new("NatsFlow.in");
    private readonly Outlet<(PublishResult, T)> _out = new("NatsFlow.out");

    public override FlowShape<(Publish, T), (PublishResult, T)> Shape => new(_in, _out);

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("natsFlow");

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(Shape, publisher, parallelism, settings);

    private sealed class Logic : PublishLogic
    {
        private readonly Inlet<(Publish, T)> _in;
        private readonly Outlet<(PublishResult, T)> _out;
        private readonly int _parallelism;
        private readonly int _refill;
        private readonly ResultSlots<T> _slots = new();
        private bool _full;

        public Logic(FlowShape<(Publish, T), (PublishResult, T)> shape, IActorRef publisher, int parallelism, PublishStreamSettings settings)
            : base(shape, publisher, settings)
        {
            (_in, _out, _parallelism) = (shape.Inlet, shape.Outlet, parallelism);
            _refill = parallelism - Math.Min(settings.BatchMessages, (parallelism + 1) / 2);
            SetHandler(_in, OnPush, Proceed);
            SetHandler(_out, Proceed);
        }

        protected override void Ended(long element, Outcome outcome) => _slots.Set(element, new PublishResult(outcome));

        protected override void Delivered(long element, long sequence, int count, ReadOnlySpan<string?> correlations)
        {
            for (var i = 0; i < count; i++)
            {
                Ended(element + i, new Delivered(sequence + i) { CorrelationId = correlations.IsEmpty ? null : correlations[i] });
            }
        }

        protected override void Refused(long element, Rejected refusal) => _slots.Set(element, new PublishResult(refusal));

        protected override void Proceed()
        {
            if (IsAvailable(_out) && _slots.TryTake(out var result))
            {
                Push(_out, result);
            }

            // Pulled one by one as results leave, elements would come in one by one for good, and be batches of one.
            _full = _slots.Count >= _parallelism || (_full && _slots.Count > _refill);
            if (!IsClosed(_in) && !HasBeenPulled(_in) && HasRoom && !_full)
            {
                Pull(_in);
            }

            if (IsClosed(_in) && _slots.Count == 0)
            {
                CompleteStage();
            }
        }

        private void OnPush()
        {
            var (message, context) = Grab(_in);
            _slots.Add(context);
            Offer(message);
            Proceed();
        }
    }
}
