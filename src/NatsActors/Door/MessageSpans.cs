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
    /// <summary>More than the version line of a header block, and the ids that the publisher itself adds, have; a user's id comes on top.</summary>
    private const int OwnHeaders = 512;

    /// <summary>What a header has besides its name and its value.</summary>
    private const int HeaderLine = 4;

    /// <summary>W3C's fields. A propagator can have more, such as baggage, which may hold data of users.</summary>
    private static readonly string[] Fields = ["traceparent", "tracestate"];

    private static readonly DistributedContextPropagator.PropagatorSetterCallback Add = static (headers, name, value) =>
    {
        if (Fields.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            ((List<KeyValuePair<string, string>>)headers!).Add(new(name, value));
        }
    };

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
        var context = ExecutionContext.Capture();
        try
        {
            var template = TemplateOf(message.Subject);
            var span = PublisherTraces.Source.CreateActivity(template.Name, ActivityKind.Producer);
            if (span is not null)
            {
                ticket ??= new OutcomeTicket(null, null);
                ticket.Span = span;
                Describe(span, message, size, template.Template);
                span.Start();
            }

            return span is null && sender is null ? message : WithContext(message, size, span ?? sender!);
        }
        catch (Exception error) when (error is not HeadersException)
        {
            // A listener or a propagator that throws is its owner's fault, and must not cost the message.
            return message;
        }
        finally
        {
            Restore(context, sender);
        }
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
        var (context, current) = (ExecutionContext.Capture(), Activity.Current);
        try
        {
            span.Stop();
        }
        catch (Exception)
        {
            // A listener that throws is its owner's fault, and must not cost anybody an outcome.
        }
        finally
        {
            Restore(context, current);
        }
    }

    /// <summary>
    /// Brings the thread's current activity back. The context also brings back one that has stopped meanwhile, which
    /// <see cref="Activity.Current"/> does not take; where the flow is suppressed, there is no context to bring back.
    /// </summary>
    private static void Restore(ExecutionContext? context, Activity? current)
    {
        if (context is not null)
        {
            ExecutionContext.Restore(context);
        }
        else
        {
            Activity.Current = current is { IsStopped: true } ? null : current;
        }
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

    private Publish WithContext(Publish message, int size, Activity activity)
    {
        if (!buffer.TakesHeaders)
        {
            return message;
        }

        List<KeyValuePair<string, string>> headers = Headers(message);
        var own = headers.Count;
        if (!headers.Exists(static header => Fields.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            DistributedContextPropagator.Current.Inject(activity, headers, Add);
        }

        // Tracing must not make a message too large. A message whose headers did not fit before is refused without a context, too.
        long length = size + OwnHeaders + (message.Id?.Length ?? 0);
        headers.ForEach(header => length += (header.Key?.Length ?? 0) + Encoding.UTF8.GetByteCount(header.Value ?? "") + HeaderLine);
        var fits = length <= buffer.MaxPayload && length + SubjectRules.MaxControlLine <= settings.Buffer.MaxBytes;
        return headers.Count > own && fits ? message with { Headers = headers } : message;
    }

    /// <summary>The caller's list may throw, which is the message's fault and not the tracer's.</summary>
    private static List<KeyValuePair<string, string>> Headers(Publish message)
    {
        try
        {
            return message.Headers is null ? [] : [.. message.Headers];
        }
        catch (Exception error)
        {
            throw new HeadersException(error);
        }
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

    /// <summary>Reading the caller's headers failed.</summary>
    private sealed class HeadersException(Exception cause) : Exception(null, cause);
}
