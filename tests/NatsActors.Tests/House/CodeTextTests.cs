using System.Text.RegularExpressions;

namespace NatsActors.Tests.House;

/// <summary>The tests of the sources are only as good as their reading of C#.</summary>
public sealed class CodeTextTests
{
    [Theory]
    [InlineData("A // B\nC /* D\nE */ F", "A C F")]
    [InlineData("A(\"B // C\", '\"', 'x') + D", "A( , , ) + D")]
    [InlineData("A(\"\\\"B\\\\\") + C", "A( ) + C")]
    [InlineData("A(@\"B\"\"\\\") + @C", "A( ) + @C")]
    [InlineData("A(\"\") + B", "A( ) + B")]
    [InlineData("A($\"B {C(\"D\")} {{E}} {F:G}\") + H", "A( C( ) F:G ) + H")]
    [InlineData("A($$\"\"\"B {C} {{D}} \"E\" \"\"\") + F", "A( D ) + F")]
    [InlineData("A(\"\"\"B \" C\"\"\", '\\'') + D", "A( , ) + D")]
    public void Comments_and_texts_are_no_code_and_holes_are(string source, string code) =>
        Assert.Equal(code, Regex.Replace(CodeText.Of(source), @"\s+", " "));

    [Fact]
    public void Positions_are_kept()
    {
        const string Source = "class A // text\n{ string B = \"C\"; }";

        Assert.Equal("class A        \n{ string B =    ; }", CodeText.Of(Source));
    }
}
