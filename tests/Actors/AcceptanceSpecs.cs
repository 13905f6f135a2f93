namespace NatsActors.Specs;

public class AcceptanceSpecs : ActorSpec
{
    [Fact]
    public void A_publish_is_acknowledged_with_its_place_in_the_order_and_its_correlation_id()
    {
        StartPublisher();
        var probe = CreateProbe();
        Tell(Message("a") with { CorrelationId = "one" }, probe);
        Tell(Message("b") with { CorrelationId = "two" }, probe);
        Assert.Equal(new Ack(1) { CorrelationId = "one" }, probe.ExpectMsg<Ack>());
        Assert.Equal(new Ack(2) { CorrelationId = "two" }, probe.ExpectMsg<Ack>());
        Assert.Equal(Child(Publisher, "buffer"), probe.LastSender);
        Assert.Equal(2, Status().BufferedMessages);
    }
}
