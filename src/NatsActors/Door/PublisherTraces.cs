using System.Diagnostics;

namespace NatsActors;

/// <summary>
/// The traces of all publishers of the process. Tracers of <see cref="System.Diagnostics"/> subscribe to the activity source
/// <see cref="SourceName"/>; OpenTelemetry does by <c>AddSource(PublisherTraces.SourceName)</c>.
/// </summary>
/// <remarks>
/// Each message that is published while somebody listens has a producer span. The span begins where the message is told and has the
/// sender's current activity as its parent. Its context goes into the message's headers (W3C <c>traceparent</c> and <c>tracestate</c>,
/// and nothing else of a propagator), unless the message has one of them already, or would become too large, or no server that takes
/// headers is known yet. The span ends with the outcome of the message or with its refusal. Of a batch that is not accepted whole, the
/// first message that was not accepted has a span, and those behind it have none. A span is kept as long as its message, so tracing adds
/// memory that the limits of the buffer do not count.
/// The names follow OpenTelemetry's conventions for messaging:
/// <list type="table">
/// <item><term>name</term><description><c>publish</c>, or <c>publish TEMPLATE</c> with the first of
/// <c>diagnostics.subject-templates</c> that covers the subject.</description></item>
/// <item><term><c>messaging.system</c>, <c>messaging.operation.name</c>, <c>messaging.operation.type</c></term>
/// <description><c>nats</c>, <c>publish</c>, <c>send</c>.</description></item>
/// <item><term><c>messaging.destination.template</c></term><description>that template; a subject is never a tag.</description></item>
/// <item><term><c>messaging.message.body.size</c></term><description>bytes of the payload.</description></item>
/// <item><term><c>messaging.message.id</c></term><description><see cref="Publish.Id"/>, if it is set.</description></item>
/// <item><term><c>natsactors.publisher</c></term><description>the publisher's name.</description></item>
/// <item><term><c>natsactors.outcome</c></term><description><c>delivered</c>, <c>stored</c>, <c>undelivered</c>, <c>buffer-full</c> or
/// <c>rejected</c>.</description></item>
/// <item><term><c>error.type</c></term><description>the reason of <c>undelivered</c> or <c>rejected</c>, or the limit of
/// <c>buffer-full</c>. The span's status is then an error.</description></item>
/// </list>
/// While nobody listens, nothing is measured and no header is added.
/// </remarks>
public static class PublisherTraces
{
    /// <summary>The name of the activity source.</summary>
    public const string SourceName = "NatsActors";

    internal static ActivitySource Source { get; } = new(SourceName, typeof(PublisherTraces).Assembly.GetName().Version?.ToString(3));
}
