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

    /// <summary>Both axes are logarithmic, the one below by powers of 2; points are marked.</summary>
    public bool Logarithmic { get; init; }

    public async Task WriteAsync(FileInfo file)
    {
        var model = new PlotModel { Title = Title, Background = OxyColors.White, Padding = new(10, 24, 16, 10) };
        model.Axes.Add(Styled(Logarithmic ? new LogarithmicAxis { Base = 2 } : new LinearAxis(), AxisPosition.Bottom, Horizontal));
        model.Axes.Add(Styled(Logarithmic ? new LogarithmicAxis() : new LinearAxis { Minimum = 0 }, AxisPosition.Left, Vertical));
        if (Right is not null)
        {
            model.Axes.Add(Styled(new LinearAxis { Minimum = 0, Key = RightKey }, AxisPosition.Right, Right));
        }

        model.Legends.Add(new Legend { LegendPlacement = LegendPlacement.Outside, LegendPosition = LegendPosition.RightTop });
        foreach (var line in Lines)
        {
            var series = new LineSeries { Title = line.Title, YAxisKey = line.OnTheRight ? RightKey : null, MarkerType = Logarithmic ? MarkerType.Circle : MarkerType.None };
            series.Points.AddRange(line.Points.Select(point => new DataPoint(point.X, point.Y)));
            model.Series.Add(series);
        }

        await using var stream = file.Create();
        // Many viewers do not know the attribute that SVG has for it.
        new SvgExporter { Width = Width, Height = Height, UseVerticalTextAlignmentWorkaround = true }.Export(model, stream);
    }

    private static Axis Styled(Axis axis, AxisPosition position, string title)
    {
        axis.Position = position;
        axis.Title = title;
        axis.StringFormat = "#,0.##";
        axis.AxisTitleDistance = position == AxisPosition.Bottom ? 4 : 16;
        axis.MajorGridlineStyle = position == AxisPosition.Right ? LineStyle.None : LineStyle.Dot;
        return axis;
    }
}
