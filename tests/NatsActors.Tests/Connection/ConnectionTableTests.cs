using NatsActors.Connection;
using NatsActors.Links;
using NatsActors.Testing;

namespace NatsActors.Tests.Connection;

public sealed class ConnectionTableTests
{
    [Fact]
    public void The_printed_table_is_the_one_in_the_docs()
    {
        var page = MarkdownPage.Of("src/NatsActors/Connection/connection-states.md");
        var head = page.Text[..page.Text.IndexOf("| input |", StringComparison.Ordinal)];

        ApprovedText.AssertIs(head + ConnectionTable.Print(), page.Path);
    }

    [Fact]
    public void The_printed_diagram_is_the_one_in_the_docs()
    {
        var page = MarkdownPage.Of("docs/architecture.md");
        var diagram = Assert.Single(page.BlocksIn("mermaid"));

        ApprovedText.AssertIs(page.Text.Replace(diagram.Text + "\n", ConnectionTable.PrintDiagram(), StringComparison.Ordinal), page.Path);
    }

    [Theory]
    [InlineData("Opened OpenFailed", null)]
    [InlineData("OpenFailed BackoffElapsed Opened", ConnectionState.Connected)]
    [InlineData("Opened LinkLost BackoffElapsed", ConnectionState.Connecting)]
    [InlineData("Opened LameDuck Opened", ConnectionState.Connected)]
    [InlineData("OpenFailed ForceReconnect", ConnectionState.Connecting)]
    [InlineData("OpenFailed AttemptsExhausted", ConnectionState.Closed)]
    [InlineData("AuthorizationFinal", ConnectionState.Closed)]
    [InlineData("Opened Drain Close", ConnectionState.Closed)]
    [InlineData("Opened Drain LinkLost BackoffElapsed Opened Drain", ConnectionState.Draining)]
    [InlineData("OpenFailed Drain BackoffElapsed Drain Opened Drain", ConnectionState.Draining)]
    [InlineData("Close ForceReconnect", null)]
    [InlineData("Close Close", ConnectionState.Closed)]
    public void A_connection_goes_its_way(string inputs, ConnectionState? end)
    {
        ConnectionState? state = ConnectionState.Connecting;
        foreach (var input in inputs.Split(' '))
        {
            Assert.NotNull(state);
            state = ConnectionTable.Next(state.Value, Enum.Parse<ConnectionInput>(input));
        }

        Assert.Equal(end, state);
    }

    [Fact]
    public void Closed_is_never_left()
    {
        Assert.All(Enum.GetValues<ConnectionInput>(), input =>
            Assert.True(ConnectionTable.Next(ConnectionState.Closed, input) is null or ConnectionState.Closed));
    }

    [Fact]
    public void Every_state_can_be_closed()
    {
        Assert.All(Enum.GetValues<ConnectionState>(), state =>
            Assert.Equal(ConnectionState.Closed, ConnectionTable.Next(state, ConnectionInput.Close)));
    }
}
