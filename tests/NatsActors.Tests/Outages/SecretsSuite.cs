using System.Text;
using NatsActors.Actors;
using NatsActors.Connection;
using NatsActors.Testing;

namespace NatsActors.Tests.Outages;

/// <summary>Plants secrets wherever one may be, makes everything go wrong, and looks for them wherever a text comes out.</summary>
public abstract class SecretsSuite(IPublisherHost host)
{
    private const string User = "alice-u5er";
    private const string Password = "pa55w0rd-in-settings";
    private const string UrlPassword = "pa55w0rd-in-url";
    private const string Token = "t0ken-in-settings";
    private const string PayloadText = "payl0ad-of-the-user";
    private const string HeaderValue = "header-va1ue";
    private static readonly string[] Planted = [User, Password, UrlPassword, Token, PayloadText, HeaderValue];

    [Theory]
    [InlineData("settings")]
    [InlineData("url")]
    [InlineData("token")]
    [InlineData("refused")]
    public async Task No_text_shows_a_credential_a_payload_or_a_header(string kind)
    {
        var authorization = kind switch
        {
            "token" => $"token: \"{Token}\"",
            "url" => $"user: {User}, password: \"{UrlPassword}\"",
            "settings" => $"user: {User}, password: \"{Password}\"",
            _ => "user: other, password: other",
        };
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = $"authorization {{ {authorization} }}" });
        await using var proxy = CuttingProxy.Start(server.Port);
        var settings = new PublisherSettings
        {
            Buffer = new BufferSettings { MaxMessages = 50 },
            Delivery = new DeliverySettings { ConfirmTimeout = TimeSpan.FromSeconds(1) },
            Connection = new ConnectionSettings
            {
                Servers = [kind == "url" ? $"nats://{User}:{UrlPassword}@127.0.0.1:{proxy.Port}" : proxy.Url],
                Credentials = kind switch
                {
                    "token" => NatsCredentials.ForToken(Token),
                    "url" => NatsCredentials.None,
                    _ => NatsCredentials.UserPassword(User, Password),
                },
                Backoff = new BackoffSettings { Min = TimeSpan.FromMilliseconds(10), Max = TimeSpan.FromMilliseconds(50), Authorization = TimeSpan.FromMilliseconds(50) },
            },
        };
        var (events, lines, texts) = (new EventLog(), new LineLog(), new List<string>());
        await using (var publisher = await host.StartAsync(settings, Fail, lines))
        {
            var message = new Publish("t", Encoding.UTF8.GetBytes(PayloadText)) { Headers = [new("a", HeaderValue)], CorrelationId = "c" };
            texts.AddRange([$"{settings}", $"{settings.Connection}", $"{settings.Connection.Credentials}", $"{message}", $"{new PublishBatch([message])}", $"{publisher}"]);
            texts.Add($"{await publisher.PublishAsync(message)}");
            texts.Add($"{await publisher.PublishAsync(message with { Headers = [new("a", HeaderValue + "\r\n")] })}");
            texts.Add($"{await publisher.PublishAsync(message with { Subject = "" })}");
            if (kind == "refused")
            {
                await events.NextAsync<AuthenticationFailed>();
                texts.Add($"{await FillAsync(publisher, message)}");
            }
            else
            {
                await events.NextAsync<Connected>();
                texts.Add($"{await publisher.PublishForOutcomeAsync(message)}");
                proxy.CutWithRst();
                await events.NextAsync<Reconnected>();
            }

            await server.KillAsync();
            texts.Add($"{await publisher.PublishAsync(message)}");
            await events.NextAsync<Disconnected>();
            texts.Add($"{await publisher.StatusAsync()}");
            var drained = await publisher.DrainAsync(TimeSpan.FromMilliseconds(50));
            texts.AddRange([$"{drained}", string.Join(' ', drained.Undelivered), $"{await publisher.StatusAsync()}", $"{(await publisher.StatusAsync()).Totals}"]);
        }

        void Fail(NatsEvent occurrence)
        {
            events.Add(occurrence);
            throw new InvalidOperationException("a handler of the user's fails");
        }

        texts.AddRange(lines.All);
        texts.AddRange(events.All.Select(occurrence => $"{occurrence}"));
        Assert.NotEmpty(lines.All);
        Assert.All(texts, text => Assert.All(Planted, secret => Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task The_error_about_settings_does_not_show_what_may_be_a_secret()
    {
        var error = await Assert.ThrowsAsync<SettingsException>(() => host.StartAsync(new PublisherSettings
        {
            Connection = new ConnectionSettings { Servers = [$"http://{User}:{UrlPassword}@host", $"{User}:{UrlPassword}"] },
        }));
        Assert.All(Planted, secret => Assert.DoesNotContain(secret, $"{error}", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Publishes until the buffer is full, and gives the refusal.</summary>
    private static async Task<PublishReply> FillAsync(IHostedPublisher publisher, Publish message)
    {
        while (true)
        {
            if (await publisher.PublishAsync(message) is not Ack and var refusal)
            {
                return refusal;
            }
        }
    }
}
