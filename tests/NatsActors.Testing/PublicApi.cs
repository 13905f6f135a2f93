using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Xunit;

namespace NatsActors.Testing;

/// <summary>
/// Writes down what an assembly shows to its users, one member a line in a fixed order, and compares it with the file that was
/// approved. A change of the public API is then a change of a file, and somebody reads it.
/// </summary>
public static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    // What the compiler gives every record says nothing that the word does not.
    private static readonly HashSet<string> OfRecords =
    [
        "<Clone>$", "Equals", "GetHashCode", "PrintMembers", "op_Equality", "op_Inequality", "Deconstruct", "get_EqualityContract",
    ];

    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>Compares; when they differ, what the assembly has now is written beside the approved file as <c>.received</c>.</summary>
    public static void AssertApproved(Assembly assembly, string approvedFile)
    {
        var now = Print(assembly);
        var approved = File.Exists(approvedFile) ? File.ReadAllText(approvedFile).ReplaceLineEndings("\n") : "";
        if (now != approved)
        {
            File.WriteAllText(approvedFile + ".received", now);
        }

        Assert.True(
            now == approved,
            $"The public API of {assembly.GetName().Name} is not the approved one. If the change is meant, put "
            + $"{Path.GetFileName(approvedFile)}.received in the place of {Path.GetFileName(approvedFile)}.\n{FirstDifference(approved, now)}");
    }

    /// <summary>Every public type and member.</summary>
    public static string Print(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Head(type)).Append('\n');
            foreach (var line in Members(type).Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(line).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Head(Type type)
    {
        var bases = new List<string>();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum))
        {
            bases.Add(Name(parent));
        }

        bases.AddRange(type.GetInterfaces()
            .Where(each => each.IsPublic && !(each.IsGenericType && each.GetGenericTypeDefinition() == typeof(IEquatable<>)) && !type.IsEnum)
            .Select(each => Name(each)).Order(StringComparer.Ordinal));
        var kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => IsRecord(type) ? "record struct" : "struct",
            { IsAbstract: true, IsSealed: true } => "static class",
            _ => (type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "") + (IsRecord(type) ? "record" : "class"),
        };
        return $"{kind} {type.Namespace}.{Name(type)}{(bases.Count == 0 ? "" : $" : {string.Join(", ", bases)}")}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => $"{Convert.ToInt64(Enum.Parse(type, name), null):00} {name}");
        }

        var isRecord = IsRecord(type);
        return type.GetMembers(Declared)
            .Where(member => !(isRecord && OfRecords.Contains(member.Name)))
            .Where(member => member is not ConstructorInfo { IsStatic: true })
            .Select(Line).OfType<string>();
    }

    private static string? Line(MemberInfo member) => member switch
    {
        ConstructorInfo made when Shown(made) && !IsCopy(made) => $"{Access(made)}new({Parameters(made)})",
        MethodInfo { IsSpecialName: false } method when Shown(method) =>
            $"{Access(method)}{Static(method)}{Inherits(method)}{Name(Nullability.Create(method.ReturnParameter))} "
            + $"{method.Name}{Generic(method)}({Parameters(method)})",
        PropertyInfo property when property.GetMethod is { } get && Shown(get) =>
            $"{Access(get)}{Static(get)}{Inherits(get)}{Required(property)}{Name(Nullability.Create(property))} {property.Name} {Accessors(property)}",
        FieldInfo { IsSpecialName: false } field when field.IsPublic || field.IsFamily =>
            $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}"
            + $"{Name(Nullability.Create(field))} {field.Name}{(field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")}",
        EventInfo raised when raised.AddMethod is { } add && Shown(add) => $"event {Name(Nullability.Create(raised))} {raised.Name}",
        _ => null,
    };

    private static bool Shown(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsRecord(Type type) =>
        type.GetMethod("<Clone>$", Declared) is not null
        || (type.IsValueType && type.GetMethod("PrintMembers", Declared) is not null);

    private static bool IsCopy(ConstructorInfo made) =>
        IsRecord(made.DeclaringType!) && made.GetParameters() is [var only] && only.ParameterType == made.DeclaringType;

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Static(MethodInfo method) => method.IsStatic ? "static " : "";

    private static string Inherits(MethodInfo method) =>
        method.GetBaseDefinition() != method ? "override " : method.IsAbstract ? "abstract " : method is { IsVirtual: true, IsFinal: false } ? "virtual " : "";

    private static string Required(PropertyInfo property) =>
        property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";

    private static string Accessors(PropertyInfo property)
    {
        var set = property.SetMethod is { } method && Shown(method)
            ? method.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;"
            : "";
        return $"{{ get;{set} }}";
    }

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(each => each.Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        (method.IsDefined(typeof(ExtensionAttribute)) && parameter.Position == 0 ? "this " : "")
        + (parameter.IsOut ? "out " : parameter.IsIn ? "in " : "")
        + $"{Name(Nullability.Create(parameter))} {parameter.Name}{Default(parameter)}"));

    private static string Default(ParameterInfo parameter) => !parameter.HasDefaultValue
        ? ""
        : parameter.DefaultValue switch
        {
            null => parameter.ParameterType.IsValueType ? " = default" : " = null",
            string text => $" = \"{text}\"",
            var value => $" = {value}",
        };

    private static string Name(NullabilityInfo info)
    {
        var type = info.Type;
        var mark = info.ReadState == NullabilityState.Nullable && Nullable.GetUnderlyingType(type) is null ? "?" : "";
        if (info.ElementType is { } element)
        {
            return $"{Name(element)}[]{mark}";
        }

        return type.IsGenericType && Nullable.GetUnderlyingType(type) is null && info.GenericTypeArguments.Length > 0
            ? $"{Plain(type)}<{string.Join(", ", info.GenericTypeArguments.Select(Name))}>{mark}"
            : Name(type) + mark;
    }

    private static string Name(Type type) => type switch
    {
        _ when Nullable.GetUnderlyingType(type) is { } value => Name(value) + "?",
        { IsByRef: true } => Name(type.GetElementType()!),
        { IsArray: true } => $"{Name(type.GetElementType()!)}[]",
        { IsGenericType: true } => $"{Plain(type)}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>",
        _ => Plain(type),
    };

    private static string Plain(Type type)
    {
        var name = type.IsNested && !type.IsGenericParameter ? $"{Plain(type.DeclaringType!)}.{type.Name}" : type.Name;
        var tick = name.IndexOf('`');
        return tick < 0 ? name.TrimEnd('&') : name[..tick];
    }

    private static string FirstDifference(string approved, string now)
    {
        var (before, after) = (approved.Split('\n'), now.Split('\n'));
        var gone = before.Except(after).Take(10).Select(line => $"- {line.Trim()}");
        return string.Join("\n", gone.Concat(after.Except(before).Take(10).Select(line => $"+ {line.Trim()}")));
    }
}
