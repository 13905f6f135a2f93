using System.Text;

namespace NatsActors.Fuzz;

/// <summary>
/// Makes the input of a number: a real session with changes, lines put together from words, JSON in a well-formed line, plain
/// noise, or one line that is longer than any limit. Owns nothing but its buffer; the same dice make the same bytes.
/// </summary>
internal sealed class InputMaker
{
    private readonly List<byte> _input = new(4096);
    private readonly List<byte> _body = new(1024);

    public byte[] Make(Dice dice)
    {
        _input.Clear();
        switch (dice.Next(16))
        {
            case < 6:
                _input.AddRange(dice.Pick<byte[]>(Sessions.All));
                Mutate(ref dice);
                break;
            case < 10:
                AddWords(_input, 1 + dice.Next(16), ref dice);
                break;
            case < 14:
                AddJsonLines(ref dice);
                break;
            case 14:
                AddNoise(1 + dice.Next(400), ref dice);
                break;
            default:
                AddLong(ref dice);
                break;
        }

        return [.. _input];
    }

    private void Mutate(ref Dice dice)
    {
        for (var changes = dice.Next(8); changes > 0 && _input.Count > 0; changes--)
        {
            var at = dice.Next(_input.Count);
            switch (dice.Next(7))
            {
                case 0:
                    _input[at] = (byte)dice.Next(256);
                    break;
                case 1:
                    _input[at] ^= (byte)(1 << dice.Next(8));
                    break;
                case 2:
                    _input.RemoveRange(at, Math.Min(_input.Count - at, 1 + dice.Next(12)));
                    break;
                case 3:
                    _input.InsertRange(at, dice.Pick<byte[]>(Sessions.Words));
                    break;
                case 4:
                    _input.InsertRange(at, _input.GetRange(at, Math.Min(_input.Count - at, 1 + dice.Next(60))));
                    break;
                case 5:
                    _input.RemoveRange(at, _input.Count - at);
                    break;
                default:
                    _input.AddRange(dice.Pick<byte[]>(Sessions.All));
                    break;
            }
        }
    }

    private static void AddWords(List<byte> to, int count, ref Dice dice)
    {
        for (; count > 0; count--)
        {
            to.AddRange(dice.Pick<byte[]>(Sessions.Words));
        }
    }

    /// <summary>Lines whose frame is right, so that what is inside them is read: INFO, PubAcks and errors.</summary>
    private void AddJsonLines(ref Dice dice)
    {
        for (var lines = 1 + dice.Next(4); lines > 0; lines--)
        {
            _body.Clear();
            JsonMaker.Add(_body, 0, ref dice);
            if (dice.OneIn(4))
            {
                AddWords(_body, 1, ref dice);
            }

            switch (dice.Next(4))
            {
                case 0:
                    AddText("INFO ");
                    AddLine();
                    break;
                case 1:
                    _body.Clear();
                    AddWords(_body, dice.Next(6), ref dice);
                    AddText("-ERR 'Permissions Violation for Publish to \"");
                    AddLine();
                    break;
                default:
                    var headers = dice.OneIn(3) ? "NATS/1.0 " + dice.Next(1200) + " Words\r\n\r\n" : "";
                    AddText(headers.Length > 0
                        ? $"HMSG _I.a.{dice.Next(99)} 1 {headers.Length} {headers.Length + _body.Count}\r\n{headers}"
                        : $"MSG _I.a.{dice.Next(99)} 1 {_body.Count}\r\n");
                    _input.AddRange(_body);
                    AddText("\r\n");
                    break;
            }
        }
    }

    /// <summary>A line ends at the first line end inside it; what follows is for the reader to make sense of.</summary>
    private void AddLine()
    {
        _input.AddRange(_body);
        AddText("\r\n");
    }

    private void AddNoise(int count, ref Dice dice)
    {
        for (; count > 0; count--)
        {
            _input.Add((byte)dice.Next(256));
        }
    }

    /// <summary>Past a limit, whichever is in force; seldom past the largest, since that costs as much as thousands of others.</summary>
    private void AddLong(ref Dice dice)
    {
        AddWords(_input, dice.Next(3), ref dice);
        var length = dice.OneIn(2000) ? 1_200_000 : dice.OneIn(50) ? dice.Next(140_000) : dice.Next(3000);
        if (dice.OneIn(2))
        {
            AddText($"MSG _I.a.1 1 {length}\r\n");
        }

        var filler = dice.Pick<byte>("x \"[{9\\"u8);
        _input.AddRange(Enumerable.Repeat(filler, length));
        AddWords(_input, dice.Next(3), ref dice);
    }

    private void AddText(string text) => _input.AddRange(Encoding.UTF8.GetBytes(text));
}
