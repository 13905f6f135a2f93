using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Specs.Model;

/// <summary>Which outcome a message may have, by what the links have said and what was asked.</summary>
internal static class OutcomeRules
{
    public static void Check(Outcome outcome, ModelMessage message, PublisherSettings settings, bool mayHaveEnded, TimeSpan now)
    {
        var sound = outcome switch
        {
            Delivered => settings.Delivery.Confirm != ConfirmMode.JetStream && message.MayBeDelivered,
            Stored stored => settings.Delivery.Confirm == ConfirmMode.JetStream && message.Acks.Contains(
                new PubAck(stored.Sequence, stored.Stream, stored.StreamSequence, stored.Duplicate)),
            Undelivered undelivered => IsSound(undelivered, message, settings, mayHaveEnded, now),
            _ => false,
        };
        sound &= !message.IsInNoPage || outcome is Undelivered
        {
            Reason: UndeliveredReason.Expired or UndeliveredReason.Dropped or UndeliveredReason.Purged or UndeliveredReason.TooLarge,
        };
        ModelBook.Check(sound, $"this outcome is not true: {message}");
    }

    private static bool IsSound(
        Undelivered outcome, ModelMessage message, PublisherSettings settings, bool mayHaveEnded, TimeSpan now)
    {
        var wasSent = message.Sends > 0;
        if (outcome.MayHaveArrived != (wasSent && outcome.Reason != UndeliveredReason.PermissionDenied))
        {
            return false;
        }

        return outcome.Reason switch
        {
            UndeliveredReason.Expired => TimeToLive(message, settings) is { } age && now - message.ToldAt >= age && IsQueued(message, settings),
            UndeliveredReason.Dropped => settings.Buffer.Overflow == OverflowPolicy.DropOldest && IsQueued(message, settings),
            UndeliveredReason.Purged => message.MayBePurged && IsQueued(message, settings),
            UndeliveredReason.PermissionDenied => wasSent && message.MayBeDenied,
            UndeliveredReason.TooLarge => message.MayBeTooLarge,
            UndeliveredReason.NotStored => settings.Delivery.Confirm == ConfirmMode.JetStream && wasSent
                && (message.RefusedByStream || now - message.FirstSentAt >= settings.Delivery.ConfirmTimeout),
            UndeliveredReason.Poison => message.DeadlyLosses >= settings.Delivery.PoisonAfter,
            UndeliveredReason.Kept => ModelPlan.IsDurable(settings) && mayHaveEnded,
            UndeliveredReason.Indeterminate => wasSent && ((mayHaveEnded && !ModelPlan.IsDurable(settings)) || !settings.Delivery.Resend),
            UndeliveredReason.Closed => !wasSent && mayHaveEnded && !ModelPlan.IsDurable(settings),
            _ => false,
        };
    }

    /// <summary>Not on a link: with JetStream what a link was given may be queued again, for another try on the same link.</summary>
    private static bool IsQueued(ModelMessage message, PublisherSettings settings) =>
        settings.Delivery.Confirm == ConfirmMode.JetStream || message.LastLink is not { TakesReports: true, Link.Closed: false };

    private static TimeSpan? TimeToLive(ModelMessage message, PublisherSettings settings) =>
        (message.Publish.TimeToLive, settings.Buffer.TimeToLive) switch
        {
            ({ } own, { } all) => own < all ? own : all,
            var (own, all) => own ?? all,
        };
}
