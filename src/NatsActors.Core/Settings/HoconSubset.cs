using System.Text;

namespace NatsActors;

/// <summary>
/// Reads the part of HOCON that reference.conf and the samples use: comments (<c>#</c>), <c>name { }</c> and
/// <c>name = { }</c>, dotted keys, <c>key = scalar</c>, quoted strings, lists of scalars. Owns the place in the text, so that
/// whatever is outside of that part is refused with its line, and nothing is skipped.
/// </summary>
internal sealed class HoconSubset
{
    private readonly string _text;
    private readonly List<KeyValuePair<string, string>> _values = [];
    private int _at;

    private HoconSubset(string text) => _text = text;

    /// <summary>
    /// The values in order, by dotted path; the elements of a list end in <c>.0</c>, <c>.1</c>, and an empty list is one empty
    /// value at its own path.
    /// </summary>
    /// <exception cref="FormatException">The text is outside of the subset; names the line.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Flatten(string text)
    {
        var reader = new HoconSubset(text);
        reader.Members("", nested: false);
        return reader._values;
    }

    private void Members(string path, bool nested)
    {
        while (true)
        {
            SkipBlank(separators: true);
            if (_at == _text.Length)
            {
                if (nested)
                {
                    throw Error($"'{path}' is not closed");
                }

                return;
            }

            if (_text[_at] == '}')
            {
                if (!nested)
                {
                    throw Error("'}' closes nothing");
                }

                _at++;
                return;
            }

            Member(path);
        }
    }

    private void Member(string parent)
    {
        var name = Scalar(stops: "={}[]#\n,");
        if (name.Length == 0)
        {
            throw Error("a key is expected");
        }

        var path = parent.Length == 0 ? name : $"{parent}.{name}";
        SkipBlank(separators: false);
        var assigned = Take('=');
        SkipSpaces();
        if (Take('{'))
        {
            Members(path, nested: true);
        }
        else if (!assigned)
        {
            throw Error($"'=' or '{{' is expected after '{path}'");
        }
        else if (Take('['))
        {
            List(path);
        }
        else
        {
            _values.Add(new(path, Scalar(stops: "#\n,}")));
            ExpectEnd(path);
        }
    }

    private void List(string path)
    {
        var count = 0;
        while (true)
        {
            SkipBlank(separators: true);
            if (Take(']'))
            {
                break;
            }

            if (_at == _text.Length)
            {
                throw Error($"the list '{path}' is not closed");
            }

            _values.Add(new($"{path}.{count++}", Scalar(stops: "#\n,]")));
        }

        if (count == 0)
        {
            _values.Add(new(path, ""));
        }
    }

    private string Scalar(string stops)
    {
        if (Take('"'))
        {
            return Quoted();
        }

        var start = _at;
        while (_at < _text.Length && !stops.Contains(_text[_at]))
        {
            if (_text[_at] == '"')
            {
                throw Error("a quote inside of an unquoted value");
            }

            _at++;
        }

        return _text[start.._at].Trim();
    }

    private string Quoted()
    {
        var value = new StringBuilder();
        while (_at < _text.Length && _text[_at] is not '\n')
        {
            var c = _text[_at++];
            if (c == '"')
            {
                return value.ToString();
            }

            if (c == '\\')
            {
                c = _at < _text.Length ? _text[_at++] : '\0';
                c = c is '"' or '\\' ? c : throw Error("the only escapes are \\\" and \\\\");
            }

            value.Append(c);
        }

        throw Error("a quoted value is not closed");
    }

    private void ExpectEnd(string path)
    {
        SkipSpaces();
        if (_at < _text.Length && _text[_at] is not ('\n' or '#' or ',' or '}'))
        {
            throw Error($"something follows the value of '{path}'");
        }
    }

    private void SkipSpaces()
    {
        while (_at < _text.Length && _text[_at] is (' ' or '\t' or '\r'))
        {
            _at++;
        }
    }

    private void SkipBlank(bool separators)
    {
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c == '#')
            {
                var end = _text.IndexOf('\n', _at);
                _at = end < 0 ? _text.Length : end;
            }
            else if (char.IsWhiteSpace(c) || (separators && c == ','))
            {
                _at++;
            }
            else
            {
                return;
            }
        }
    }

    private bool Take(char c)
    {
        if (_at == _text.Length || _text[_at] != c)
        {
            return false;
        }

        _at++;
        return true;
    }

    private FormatException Error(string what) =>
        new($"Line {_text.AsSpan(0, Math.Min(_at, _text.Length)).Count('\n') + 1}: {what}.");
}
