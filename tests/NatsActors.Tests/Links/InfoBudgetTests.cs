using NatsActors.Links;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

public sealed class InfoBudgetTests
{
    private readonly VirtualTime _time = new();

    [Fact]
    public void So_many_lines_within_the_span_and_then_as_many_again()
    {
        var budget = new InfoBudget(_time);
        for (var span = 0; span < 3; span++)
        {
            Assert.All(Enumerable.Range(0, InfoBudget.MaxLines), _ => Assert.True(budget.Take(100)));
            _time.Advance(InfoBudget.Span);
        }

        Assert.All(Enumerable.Range(0, InfoBudget.MaxLines), _ => Assert.True(budget.Take(100)));
        _time.Advance(InfoBudget.Span - TimeSpan.FromMilliseconds(1));
        Assert.False(budget.Take(100));
    }

    [Fact]
    public void So_many_bytes_within_the_span()
    {
        var budget = new InfoBudget(_time);

        Assert.All(Enumerable.Range(0, 8), _ => Assert.True(budget.Take(InfoBudget.MaxBytes / 8)));
        Assert.False(budget.Take(1));
    }
}
