using System.Globalization;
using System.Runtime.CompilerServices;

namespace Engine.Metadata;

/// <summary>Words of a finding, put together only where there is one: a check that holds costs no text.</summary>
[InterpolatedStringHandler]
internal ref struct AuditText
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Called by the compiler.</summary>
    public AuditText(int literalLength, int formattedCount, bool holds, out bool isWanted)
    {
        isWanted = !holds;
        if (isWanted)
            _text = new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture);
    }

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <summary>The text; once.</summary>
    public string Taken() => _text.ToStringAndClear();
}
