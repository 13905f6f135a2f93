using System.Text;

namespace NatsActors.Tests.House;

/// <summary>
/// Blanks out what is not code: comments, text literals and character literals. The holes of interpolated texts are code and
/// stay. Positions and line ends are kept, so an index into the result is an index into the source.
/// </summary>
internal sealed class CodeText
{
    private readonly string _source;
    private readonly StringBuilder _code;
    private int _at;

    private CodeText(string source)
    {
        _source = source;
        _code = new StringBuilder(source);
    }

    public static string Of(string source)
    {
        var text = new CodeText(source);
        text.Code(hole: 0);
        return text._code.ToString();
    }

    /// <summary>Reads code to the end of the source, or to the braces that close a hole of <paramref name="hole"/> braces.</summary>
    private void Code(int hole)
    {
        for (var depth = 0; _at < _source.Length;)
        {
            var c = _source[_at];
            if (hole > 0 && c == '}' && depth == 0)
            {
                BlankTo(_at + hole);
                return;
            }

            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (Starts("//"))
            {
                BlankTo(Find("\n"));
            }
            else if (Starts("/*"))
            {
                BlankTo(Find("*/") + 2);
            }
            else if (c == '\'')
            {
                // '\'' and '\u0041' alike: an escaped character is skipped before the closing quote is looked for.
                BlankTo(Find("'", _at + (_source[_at + 1] == '\\' ? 3 : 2)) + 1);
            }
            else if (c is '"' or '$' or '@' && TryText())
            {
                continue;
            }
            else
            {
                _at++;
            }
        }
    }

    /// <summary>Reads a text literal of any kind; false when an <c>@</c> begins an identifier.</summary>
    private bool TryText()
    {
        var open = _at;
        var dollars = 0;
        var verbatim = false;
        for (; open < _source.Length && _source[open] is '$' or '@'; open++)
        {
            dollars += _source[open] == '$' ? 1 : 0;
            verbatim |= _source[open] == '@';
        }

        if (open >= _source.Length || _source[open] != '"')
        {
            return false;
        }

        var quotes = 0;
        while (open + quotes < _source.Length && _source[open + quotes] == '"')
        {
            quotes++;
        }

        if (quotes == 2 || (verbatim && quotes % 2 == 0))
        {
            BlankTo(open + quotes);
            return true;
        }

        var raw = quotes >= 3 && !verbatim;
        BlankTo(open + (raw ? quotes : 1));
        Text(dollars, verbatim, raw ? quotes : 1, raw);
        return true;
    }

    private void Text(int dollars, bool verbatim, int quotes, bool raw)
    {
        var end = new string('"', quotes);
        var hole = new string('{', Math.Max(1, dollars));
        while (_at < _source.Length)
        {
            if (Starts(end))
            {
                if (!verbatim || !Starts("\"\""))
                {
                    BlankTo(_at + quotes);
                    return;
                }

                BlankTo(_at + 2);
            }
            else if (!raw && !verbatim && Starts("\\"))
            {
                BlankTo(_at + 2);
            }
            else if (dollars > 0 && !raw && Starts("{{"))
            {
                BlankTo(_at + 2);
            }
            else if (dollars > 0 && Starts(hole))
            {
                BlankTo(_at + hole.Length);
                Code(hole.Length);
            }
            else
            {
                BlankTo(_at + 1);
            }
        }
    }

    private bool Starts(string text) => string.CompareOrdinal(_source, _at, text, 0, text.Length) == 0;

    private int Find(string text, int? from = null)
    {
        var found = _source.IndexOf(text, from ?? _at, StringComparison.Ordinal);
        return found < 0 ? _source.Length : found;
    }

    private void BlankTo(int end)
    {
        for (end = Math.Min(end, _source.Length); _at < end; _at++)
        {
            _code[_at] = _source[_at] == '\n' ? '\n' : ' ';
        }
    }
}
