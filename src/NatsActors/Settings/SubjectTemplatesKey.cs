using System.Diagnostics.CodeAnalysis;
using NatsActors.Protocol;

namespace NatsActors.Settings;

/// <summary><c>diagnostics.subject-templates</c>: a list of subject filters, empty by default.</summary>
internal sealed class SubjectTemplatesKey(string path) : SettingKey(path)
{
    public override bool IsList => true;

    public override bool TryApply(
        IReadOnlyList<string> texts, ref PublisherSettings settings, [NotNullWhen(false)] out string? allowed)
    {
        allowed = null;
        settings = settings with { Diagnostics = new DiagnosticsSettings { SubjectTemplates = texts } };
        return true;
    }

    public override IEnumerable<SettingViolation> Check(PublisherSettings settings)
    {
        var templates = settings.Diagnostics.SubjectTemplates;
        if (templates is null)
        {
            yield return new(Path, null, "must not be null");
            yield break;
        }

        for (var i = 0; i < templates.Count; i++)
        {
            if (templates[i] is null || SubjectRules.CheckFilter(templates[i]) is not null)
            {
                yield return new($"{Path}.{i}", templates[i], "must be a subject, with the wildcards * and > if need be, such as orders.*.created");
            }
        }
    }

    public override string Show(PublisherSettings settings) => string.Join(',', settings.Diagnostics.SubjectTemplates);
}
