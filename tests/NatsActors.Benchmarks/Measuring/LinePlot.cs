using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace NatsActors.Benchmarks;

/// <summary>A line of a plot.</summary>
/// <param name="Title">As in the legend.</param>
/// <param name="Points">Its points, by rising X.</param>
internal sealed record PlotLine(string Title, IEnumerable<(double X, double Y)> Points)
{
    /// <summary>Measured by the axis at the right.</summary>
    public bool OnTheRight { get; init; }
}

/// <summary>A plot of lines as an SVG file.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Horizontal">The axis below, with its unit.</param>
/// <param name="Vertical">The axis at the left, with its unit.</param>
internal sealed record LinePlot(string Title, string Horizontal, string Vertical)
{
    private const int Width = 900;
    private const int Height = 500;
    private const string RightKey = "right";

    public required IReadOnlyList<PlotLine> Lines { get; init; }

    /// <summary>The axis at the right; null for none.</summary>
    public string? Right { get; init; }

    /// <summary>Each step of the axis below doubles.</summary>
    public bool Doubling { get; init; }

    public async Task WriteAsync(FileInfo file)
    {
        var model = new PlotModel { Title = Title, Background = OxyColors.White };
        Axis below = Doubling ? new LogarithmicAxis { Base = 2 } : new LinearAxis();
        below.Position = AxisPosition.Bottom;
        below.Title = Horizontal;
        below.MajorGridlineStyle = LineStyle.Dot;
        model.Axes.Add(below);
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = Vertical, Minimum = 0, MajorGridlineStyle = LineStyle.Dot, StringFormat = "#,0.##", AxisTitleDistance = 12 });
        if (Right is not null)
        {
            model.Axes.Add(new LinearAxis { Position = AxisPosition.Right, Key = RightKey, Title = Right, Minimum = 0, StringFormat = "#,0.##", AxisTitleDistance = 12 });
        }

        model.Legends.Add(new Legend { LegendPlacement = LegendPlacement.Outside, LegendPosition = LegendPosition.BottomCenter, LegendOrientation = LegendOrientation.Horizontal });
        foreach (var line in Lines)
        {
            var series = new LineSeries { Title = line.Title, YAxisKey = line.OnTheRight ? RightKey : null, MarkerType = Doubling ? MarkerType.Circle : MarkerType.None };
            series.Points.AddRange(line.Points.Select(point => new DataPoint(point.X, point.Y)));
            model.Series.Add(series);
        }

        await using var stream = file.Create();
        new SvgExporter { Width = Width, Height = Height }.Export(model, stream);
    }
}
