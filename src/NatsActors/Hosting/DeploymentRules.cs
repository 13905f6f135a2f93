using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Routing;

namespace NatsActors.Hosting;

/// <summary>
/// The rules for a publisher's section of <c>akka.actor.deployment</c>: the section may give a dispatcher and nothing else. The
/// publisher's router is the door, so another router would replace the door. A mailbox of its own would hold messages that the
/// limits of the buffer do not count. A remote node does not have the publisher's state.
/// </summary>
internal static class DeploymentRules
{
    private const string Root = "akka.actor.deployment";
    private const string Allowed = "only 'dispatcher' may be given for a publisher and its actors";

    private static readonly string[] Children = ["buffer", "connection"];

    /// <summary>Checks the deployment of a publisher at <paramref name="path"/> and of its children.</summary>
    /// <exception cref="ConfigurationException">The deployment has another key than a dispatcher; the exception lists every such key.</exception>
    public static void Check(ActorSystem system, ActorPath path)
    {
        List<string> violations = [.. Children.Select(child => path / child).Prepend(path).SelectMany(actor => Violations(system, actor)).Distinct()];
        if (violations.Count > 0)
        {
            throw new ConfigurationException(
                $"The deployment of the publisher {path} is not valid:{string.Concat(violations.Select(violation => $"{Environment.NewLine}  {violation}"))}");
        }
    }

    /// <summary>The dispatcher that the deployment gives to <paramref name="path"/>; null for none.</summary>
    public static string? DispatcherOf(ActorSystem system, ActorPath path) =>
        Lookup(system, path) is { Dispatcher: { Length: > 0 } dispatcher } ? dispatcher : null;

    // Without a section the deployer returns null or Deploy.None. A pattern (/*) gives one deployment to many paths.
    private static Deploy? Lookup(ActorSystem system, ActorPath path) =>
        path.Elements.Count < 2 ? null : ((ExtendedActorSystem)system).Provider.Deployer.Lookup(path);

    private static IEnumerable<string> Violations(ActorSystem system, ActorPath path)
    {
        if (Lookup(system, path) is not { } deploy)
        {
            yield break;
        }

        // A deployment that is made in code has a path and no configuration.
        string Key(string name) => $"{Root}.{deploy.Path}.{name}";
        if (deploy.RouterConfig is not (null or NoRouter))
        {
            yield return $"{Key("router")} = {deploy.Config.GetString("router", deploy.RouterConfig.GetType().Name)}: a publisher is its own router; {Allowed}";
        }

        if (!string.IsNullOrEmpty(deploy.Mailbox))
        {
            yield return $"{Key("mailbox")} = {deploy.Mailbox}: a publisher keeps messages in its buffer; {Allowed}";
        }

        if (deploy.StashCapacity != Deploy.NoStashSize)
        {
            var capacity = deploy.StashCapacity.ToString(CultureInfo.InvariantCulture);
            yield return $"{Key("stash-capacity")} = {capacity}: a publisher keeps messages in its buffer; {Allowed}";
        }

        if (deploy.Scope is not (null or LocalScope) && deploy.Scope != Deploy.NoScopeGiven)
        {
            yield return $"{Key("remote")} = {deploy.Config.GetString("remote", deploy.Scope.ToString())}: a publisher runs in the system that starts it; {Allowed}";
        }

        if (!string.IsNullOrEmpty(deploy.Dispatcher) && !system.Dispatchers.HasDispatcher(deploy.Dispatcher))
        {
            yield return $"{Key("dispatcher")} = {deploy.Dispatcher}: is not a dispatcher of this system's configuration";
        }
    }
}
