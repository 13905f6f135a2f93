namespace NatsActors.Kernel;

/// <summary>Where an actor stands in the tree of its system.</summary>
internal sealed class ActorPath
{
    private readonly string _system;

    public ActorPath(string system, ActorPath? parent, string name)
    {
        _system = system;
        Parent = parent;
        Name = name;
    }

    public string Name { get; }

    public ActorPath? Parent { get; }

    public string ToStringWithoutAddress() => $"{Parent?.ToStringWithoutAddress()}/{Name}";

    public override string ToString() => $"kernel://{_system}{ToStringWithoutAddress()}";
}
