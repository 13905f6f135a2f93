namespace NatsActors.Core.Tests.Settings;

public sealed class ReferenceDefaultsTests
{
    [Fact]
    public void Settings_made_in_code_start_from_reference_conf()
    {
        var settings = new PublisherSettings();

        Assert.Equal(["nats://127.0.0.1:4222"], settings.Connection.Servers);
        Assert.Equal(64L << 20, settings.Buffer.MaxBytes);
        Assert.Equal(1_000_000, settings.Buffer.MaxMessages);
        Assert.Equal(TimeSpan.FromMilliseconds(100), settings.Connection.Backoff.Min);
        Assert.Equal(ConfirmMode.Fence, settings.Delivery.Confirm);
        Assert.Null(settings.Buffer.TimeToLive);
    }

    [Fact]
    public void A_key_that_reference_conf_lacks_is_named()
    {
        var error = Assert.Throws<InvalidOperationException>(() => ReferenceDefaults.Text("buffer.max-byte"));

        Assert.Equal("reference.conf has no key nats-actors.publisher.buffer.max-byte.", error.Message);
    }
}
