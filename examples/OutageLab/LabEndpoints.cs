using NatsActors;
using OutageLab.Live;
using OutageLab.Load;
using OutageLab.Publishing;

namespace OutageLab;

/// <summary>The rate that the page asks for, in messages a second.</summary>
internal sealed record RateRequest(int PerSecond);

/// <summary>The settings that the page asks for, with the names of the library's enums.</summary>
internal sealed record SettingsRequest(string Overflow, string Confirm, long MaxMessages, long MaxBytes)
{
    /// <exception cref="LabException">A name is not known.</exception>
    public PublisherChoice Choice => new()
    {
        Overflow = Named<OverflowPolicy>("overflow", Overflow),
        Confirm = Named<ConfirmMode>("confirm", Confirm),
        MaxMessages = MaxMessages,
        MaxBytes = MaxBytes,
    };

    private static T Named<T>(string field, string? name)
        where T : struct, Enum =>
        Enum.GetNames<T>().Contains(name) && Enum.TryParse<T>(name, out var value)
            ? value
            : throw new LabException($"{field}: '{name}' is not allowed; must be {string.Join(", ", Enum.GetNames<T>())}");
}

/// <summary>
/// What the page can ask for. Each act answers with one sentence. A request that cannot be carried out is answered 409 with the reason.
/// A request needs the header <c>X-Outage-Lab</c>, which a page of another site cannot send.
/// </summary>
internal static class LabEndpoints
{
    private const string Header = "X-Outage-Lab";

    public static void MapLab(this WebApplication app)
    {
        app.MapGet("/live", (LiveFeed feed, IHostApplicationLifetime life, HttpContext context) =>
        {
            // A stop of the program ends the streams, which would hold it up otherwise.
            var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, life.ApplicationStopping);
            context.Response.RegisterForDispose(gone);
            return TypedResults.ServerSentEvents(feed.Open(gone.Token));
        });

        var acts = app.MapGroup("/act").AddEndpointFilter(AnswerAsync);
        acts.MapPost("/server/kill", (Lab lab) => DoAsync(lab, lab.Stage.KillAsync(), "Kill", "The server is killed (SIGKILL)."));
        acts.MapPost("/server/suspend", (Lab lab) => DoAsync(lab, lab.Stage.SuspendAsync(), "Suspend", "The server is suspended (SIGSTOP): connections stay open, nothing is answered."));
        acts.MapPost("/server/resume", (Lab lab) => DoAsync(lab, lab.Stage.ResumeAsync(), "Resume", "The server goes on (SIGCONT)."));
        acts.MapPost("/server/restart", (Lab lab) => DoAsync(lab, lab.Stage.RestartAsync(), "Restart", "The server is started again on its port and with its streams."));
        acts.MapPost("/connection/cut", (Lab lab) => DoAsync(lab, lab.Stage.CutAsync(), "Cut", "What both clients sent for a second has vanished, and their connections are reset."));
        acts.MapPost("/rate", (Lab lab, LoadRate rate, RateRequest request) =>
        {
            rate.PerSecond = request.PerSecond;
            return Note(lab, "Rate", $"Both loads offer {request.PerSecond} messages a second.");
        });
        MapPublisher(acts.MapGroup("/publisher"));
    }

    private static void MapPublisher(RouteGroupBuilder acts)
    {
        acts.MapPost("/settings", async (Lab lab, SettingsRequest request) =>
        {
            var choice = request.Choice;
            await lab.Publisher.ChangeAsync(_ => choice);
            return Note(lab, "Settings", $"A new publisher: overflow {choice.Overflow}, confirm {choice.Confirm}, {choice.MaxMessages} messages, {choice.MaxBytes} bytes.");
        });
        acts.MapPost("/shrink", async (Lab lab) =>
        {
            await lab.Publisher.ChangeAsync(choice => choice.Shrunk());
            var now = lab.Publisher.Choice;
            return Note(lab, "Shrink", $"A new publisher with a quarter of the buffer: {now.MaxMessages} messages, {now.MaxBytes} bytes.");
        });
        acts.MapPost("/crash/buffer", (Lab lab) => Crash(lab, PublisherChild.Buffer));
        acts.MapPost("/crash/connection", (Lab lab) => Crash(lab, PublisherChild.Connection));
        acts.MapPost("/purge", async (Lab lab) => Note(lab, "Purge", $"{await lab.Publisher.PurgeAsync()} queued messages are taken out of the buffer."));
        acts.MapPost("/drain", async (Lab lab) =>
        {
            var drained = await lab.Publisher.DrainAsync();
            return Note(lab, "Drain", $"The publisher has drained; {drained.Undelivered.Count} messages were left.");
        });
        acts.MapPost("/start", (Lab lab) => DoAsync(lab, lab.Publisher.StartAsync(), "Start", "A new publisher takes the load."));
    }

    private static IResult Crash(Lab lab, PublisherChild child)
    {
        lab.Publisher.Crash(child);
        return Note(lab, "Crash", $"The {child.ToString().ToLowerInvariant()} actor is crashed; its supervisor starts it again.");
    }

    private static async Task<IResult> DoAsync(Lab lab, Task act, string name, string text)
    {
        await act;
        return Note(lab, name, text);
    }

    private static IResult Note(Lab lab, string name, string text)
    {
        lab.Note(name, text);
        return TypedResults.Text(text);
    }

    private static async ValueTask<object?> AnswerAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (!context.HttpContext.Request.Headers.ContainsKey(Header))
        {
            return TypedResults.Text($"The header {Header} is missing.", statusCode: StatusCodes.Status403Forbidden);
        }

        try
        {
            return await next(context);
        }
        catch (LabException refused)
        {
            return TypedResults.Text(refused.Message, statusCode: StatusCodes.Status409Conflict);
        }
        catch (Exception failed) when (failed is InvalidOperationException or TimeoutException)
        {
            // The server did not start or stop as it should, such as when its port was taken meanwhile; the button can be pressed again.
            return TypedResults.Text(failed.Message, statusCode: StatusCodes.Status500InternalServerError);
        }
    }
}
