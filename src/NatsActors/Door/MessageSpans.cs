using System.Diagnostics;
using System.Text;
using Akka.Actor;
using NatsActors.Protocol;
using NatsActors.Settings;

namespace NatsActors.Door;

/// <summary>
/// Begins and ends the producer spans of one publisher's messages. A span begins on the teller's thread, whose current activity is
/// the sender's, and ends on another. Neither changes the current activity of its thread.
/// </summary>
internal sealed class MessageSpans(PublisherSettings settings, GuardedBuffer buffer)
{
    private const string TraceParent = "traceparent";

    private static readonly DistributedContextPropagator.PropagatorSetterCallback Add = static (headers, name, value) =>
        ((List<KeyValuePair<string, string>>)headers!).Add(new(name, value));

    private readonly (string Template, string Name)[] _templates =
        [.. settings.Diagnostics.SubjectTemplates.Select(static template => (template, $"publish {template}"))];

    /// <summary>Somebody listens.</summary>
    public static bool On => PublisherTraces.Source.HasListeners();

    /// <summary>Begins the span of a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="size">Bytes of the payload.</param>
    /// <param name="ticket">The sender's claim on the outcome; becomes the holder of the span.</param>
    /// <returns>The message with the context among its headers.</returns>
    public Publish Begin(Publish message, int size, ref OutcomeTicket? ticket)
    {
        var sender = Activity.Current;
        var template = TemplateOf(message.Subject);
        var span = PublisherTraces.Source.CreateActivity(template.Name, ActivityKind.Producer);
        if (span is not null)
        {
            ticket ??= new OutcomeTicket(null, null);
            ticket.Span = span;
            Describe(span, message, size, template.Template);
            span.Start();
            Activity.Current = sender;
        }

        return span is null && sender is null ? message : WithContext(message, span ?? sender!);
    }

    /// <summary>The message has ended.</summary>
    public static void End(Activity span, Outcome outcome) => End(span, outcome switch
    {
        Delivered => ("delivered", null),
        Stored => ("stored", null),
        Undelivered undelivered => ("undelivered", SettingsText.Kebab(undelivered.Reason.ToString())),
        _ => ("unknown", null),
    });

    /// <summary>The message was not accepted.</summary>
    public static void End(Activity span, PublishReply refusal) => End(span, refusal switch
    {
        BufferFull full => ("buffer-full", SettingsText.Kebab(full.Limit.ToString())),
        Rejected rejected => ("rejected", SettingsText.Kebab(rejected.Reason.ToString())),
        _ => ("unknown", null),
    });

    /// <summary>The message is offered again with another span: this one is not to be seen.</summary>
    public static void Discard(Activity span)
    {
        span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        span.IsAllDataRequested = false;
        Stop(span);
    }

    private static void End(Activity span, (string Outcome, string? Error) end)
    {
        span.SetTag("natsactors.outcome", end.Outcome);
        if (end.Error is not null)
        {
            span.SetTag("error.type", end.Error);
            span.SetStatus(ActivityStatusCode.Error);
        }

        Stop(span);
    }

    private static void Stop(Activity span)
    {
        // The end of an activity makes its parent current, which belongs to another thread.
        var current = Activity.Current;
        span.Stop();
        Activity.Current = current;
    }

    private void Describe(Activity span, Publish message, int size, string? template)
    {
        if (!span.IsAllDataRequested)
        {
            return;
        }

        span.SetTag("messaging.system", "nats");
        span.SetTag("messaging.operation.name", "publish");
        span.SetTag("messaging.operation.type", "send");
        span.SetTag("messaging.message.body.size", size);
        span.SetTag("natsactors.publisher", settings.Name);
        if (template is not null)
        {
            span.SetTag("messaging.destination.template", template);
        }

        if (message.Id is { } id)
        {
            span.SetTag("messaging.message.id", id);
        }
    }

    private Publish WithContext(Publish message, Activity activity)
    {
        if (!buffer.ServerTakesHeaders)
        {
            return message;
        }

        List<KeyValuePair<string, string>> headers = message.Headers is null ? [] : [.. message.Headers];
        if (!headers.Exists(static header => TraceParent.Equals(header.Key, StringComparison.OrdinalIgnoreCase)))
        {
            DistributedContextPropagator.Current.Inject(activity, headers, Add);
        }

        return message with { Headers = headers };
    }

    private (string? Template, string Name) TemplateOf(string? subject)
    {
        if (_templates.Length > 0 && subject is not null && SubjectRules.Check(subject) is null)
        {
            // A valid subject is shorter than the control line.
            Span<byte> utf8 = stackalloc byte[SubjectRules.MaxControlLine];
            if (Encoding.UTF8.TryGetBytes(subject, utf8, out var length))
            {
                foreach (var each in _templates)
                {
                    if (SubjectRules.Matches(each.Template, utf8[..length]))
                    {
                        return each;
                    }
                }
            }
        }

        return (null, "publish");
    }
}
