using OutageLab.Counting;

namespace NatsActors.Lab.Tests;

/// <summary>The counts of the page are only worth as much as their rules: these are the rules that the page states.</summary>
public sealed class NumberBookTests
{
    private const int JudgesOfGrace = 9;
    private readonly NumberBook _book = new();

    [Fact]
    public void A_number_is_lost_when_it_was_reported_and_a_later_one_was_seen_two_seconds_ago()
    {
        Report(1, 2, 3);
        Arrive(1, 3);

        Judge(JudgesOfGrace - 1);
        Assert.Equal(0, _book.Counts.Lost);
        Judge(1);
        Assert.Equal(new Counts(Reported: 3, Arrived: 2, Lost: 1, Duplicated: 0, OutOfOrder: 0), _book.Counts);
    }

    [Fact]
    public void A_late_arrival_takes_the_loss_back_and_is_out_of_order()
    {
        Report(1, 2, 3);
        Arrive(1, 3);
        Judge(JudgesOfGrace);

        Arrive(2);

        Assert.Equal(new Counts(3, 3, 0, 0, 1), _book.Counts);
    }

    [Fact]
    public void What_has_no_report_yet_is_not_lost_however_long_it_waits()
    {
        Report(1, 3);
        Arrive(1, 3);

        Judge(10 * JudgesOfGrace);
        Assert.Equal(0, _book.Counts.Lost);

        _book.Report(2, arrived: false);
        Judge(JudgesOfGrace);
        Assert.Equal(0, _book.Counts.Lost);
    }

    [Fact]
    public void The_last_messages_are_not_judged_before_a_later_one_has_arrived()
    {
        Report(1, 2);
        Arrive(1);
        Judge(JudgesOfGrace);
        Assert.Equal(0, _book.Counts.Lost);

        Report(3);
        Arrive(3);
        Judge(JudgesOfGrace);
        Assert.Equal(1, _book.Counts.Lost);
    }

    [Fact]
    public void An_arrival_before_its_report_and_a_second_arrival_are_told_apart()
    {
        Arrive(1, 2, 2);
        Report(1, 2);
        Judge(JudgesOfGrace);

        Assert.Equal(new Counts(2, 2, 0, 1, 0), _book.Counts);
    }

    [Fact]
    public void Millions_of_numbers_take_no_more_memory_and_lose_no_count()
    {
        const int Many = 3_000_000;
        for (var number = 1; number <= Many; number++)
        {
            Report(number);
            if (number % 1_000 != 0)
            {
                Arrive(number);
            }
        }

        Arrive(Many);
        Judge(JudgesOfGrace);

        Assert.Equal(new Counts(Many, Many - (Many / 1_000) + 1, (Many / 1_000) - 1, 0, 0), _book.Counts);
    }

    private void Report(params ReadOnlySpan<int> numbers)
    {
        foreach (var number in numbers)
        {
            _book.Report(number, arrived: true);
        }
    }

    private void Arrive(params ReadOnlySpan<int> numbers)
    {
        foreach (var number in numbers)
        {
            _book.Arrive(number);
        }
    }

    private void Judge(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _book.Judge();
        }
    }
}
