using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Stage;

namespace NatsActors.Streams;

/// <summary>The sink: publishes every element and completes when all have ended.</summary>
/// <param name="publisher">The publisher.</param>
/// <param name="settings">Valid settings.</param>
/// <param name="counts">Undelivered and refused elements are counted, and do not fail the stream.</param>
internal sealed class SinkStage(IActorRef publisher, PublishStreamSettings settings, bool counts)
    : GraphStageWithMaterializedValue<SinkShape<Publish>, Task<PublishCounts>>
{
    private readonly Inlet<Publish> _in = new("NatsSink.in");

    public override SinkShape<Publish> Shape => new(_in);

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("natsSink");

    public override ILogicAndMaterializedValue<Task<PublishCounts>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(Shape, publisher, settings, counts);
        return new LogicAndMaterializedValue<Task<PublishCounts>>(logic, logic.Counts);
    }

    private sealed class Logic : PublishLogic
    {
        private readonly TaskCompletionSource<PublishCounts> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Inlet<Publish> _in;
        private readonly bool _counting;
        private PublishFailedException? _failure;
        private long _delivered;
        private long _stored;
        private long _undelivered;
        private long _refused;

        public Logic(SinkShape<Publish> shape, IActorRef publisher, PublishStreamSettings settings, bool counting)
            : base(shape, publisher, settings)
        {
            (_in, _counting) = (shape.Inlet, counting);
            SetHandler(_in, OnPush, Proceed, Fail);
        }

        public Task<PublishCounts> Counts => _done.Task;

        public override void PreStart()
        {
            base.PreStart();
            // Outcomes come after the last element.
            SetKeepGoing(true);
            Pull(_in);
        }

        /// <summary>The materializer was stopped, or the stage has failed of itself.</summary>
        public override void PostStop() => _done.TrySetException(new AbruptStageTerminationException(this));

        protected override void Ended(long element, Outcome outcome)
        {
            switch (outcome)
            {
                case Undelivered:
                    _undelivered++;
                    Failed(element, new PublishResult(outcome));
                    break;
                case Stored:
                    _stored++;
                    break;
                default:
                    _delivered++;
                    break;
            }
        }

        protected override void Delivered(long element, long sequence, int count, ReadOnlySpan<string?> correlations) => _delivered += count;

        protected override void Refused(long element, Rejected refusal)
        {
            _refused++;
            Failed(element, new PublishResult(refusal));
        }

        protected override void Proceed()
        {
            if (_done.Task.IsCompleted)
            {
                return;
            }

            if (!IsClosed(_in) && HasRoom && !HasBeenPulled(_in))
            {
                Pull(_in);
            }

            if (IsClosed(_in) && Unfinished == 0)
            {
                if (_failure is { } failure)
                {
                    Fail(new PublishFailedException(failure.Result, failure.Element, Count()));
                }
                else
                {
                    _done.TrySetResult(Count());
                    Finish();
                    CompleteStage();
                }
            }
        }

        private void OnPush()
        {
            Offer(Grab(_in));
            Proceed();
        }

        private void Failed(long element, PublishResult result)
        {
            if (!_counting)
            {
                Fail(new PublishFailedException(result, element, Count()));
            }
            else if (result.Refusal is { Reason: RejectReason.Draining or RejectReason.Closed } && _failure is null)
            {
                // No further element can be published. The outcomes of those before are still counted.
                _failure = new PublishFailedException(result, element, Count());
                Cancel(_in, _failure);
            }
        }

        private void Fail(Exception cause)
        {
            if (_done.TrySetException(cause))
            {
                Finish();
                FailStage(cause);
            }
        }

        private PublishCounts Count() => new() { Delivered = _delivered, Stored = _stored, Undelivered = _undelivered, Refused = _refused };
    }
}
