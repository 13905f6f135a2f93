using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace NatsActors.Pipe;

/// <summary>A display in place: state, rate, buffer fill, what got through, and the last event.</summary>
internal sealed class TerminalProgress : IProgressDisplay
{
    private const int BarWidth = 40;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly IAnsiConsole _console;
    private readonly TimeProvider _time;

    public TerminalProgress(TextWriter error, TimeProvider time)
    {
        _time = time;
        _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error), Interactive = InteractionSupport.Yes });
    }

    public Task RunAsync(Func<PipeSnapshot> snapshot, CancellationToken stop) =>
        _console.Live(Render(snapshot())).AutoClear(false).StartAsync(async display =>
        {
            using var timer = new PeriodicTimer(Interval, _time);
            try
            {
                while (await timer.WaitForNextTickAsync(stop))
                {
                    display.UpdateTarget(Render(snapshot()));
                }
            }
            catch (OperationCanceledException)
            {
                display.UpdateTarget(Render(snapshot()));
            }
        });

    public void Note(string text) => _console.MarkupLineInterpolated($"[yellow]{text}[/]");

    private static Grid Render(PipeSnapshot now)
    {
        var status = now.Status;
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        grid.AddRow(new Text("state"), new Markup($"[{Colour(status.State)}]{status.State}[/] {Markup.Escape(status.Server ?? Outage(status))}"));
        grid.AddRow("read", Number(now.Read));
        grid.AddRow(new Text("delivered"), new Text($"{Number(now.Confirmed)}   {now.PerSecond.ToString("N0", CultureInfo.InvariantCulture)}/s"));
        grid.AddRow(new Text("buffer"), Bar(now));
        grid.AddRow("resent", $"{Number(status.Totals.Resent)}   reconnects {Number(status.Reconnects)}");
        if (status.Totals.Undelivered + now.Refused > 0)
        {
            grid.AddRow(new Text("lost"), new Markup($"[red]{Number(status.Totals.Undelivered)} undelivered, {Number(now.Refused)} refused[/]"));
        }

        grid.AddRow(new Text("last"), new Text(now.LastEvent ?? ""));
        return grid;
    }

    private static IRenderable Bar(PipeSnapshot now)
    {
        var full = (int)Math.Ceiling(now.Fill * BarWidth);
        var colour = now.Fill > 0.8 ? "red" : "green";
        var bytes = now.Status.BufferedBytes / (1024d * 1024d);
        return new Markup(string.Create(
            CultureInfo.InvariantCulture,
            $"[{colour}]{new string('█', full)}[/][grey]{new string('░', BarWidth - full)}[/] {now.Status.BufferedMessages:N0} lines, {bytes:N1} MiB"));
    }

    private static string Outage(PublisherStatus status) =>
        status.LinkDownFor is { } down ? $"for {down.TotalSeconds:0} s: {status.LastError}" : "";

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Colour(ConnectionState state) => state switch
    {
        ConnectionState.Connected or ConnectionState.Draining => "green",
        ConnectionState.Closed => "red",
        _ => "yellow",
    };
}
