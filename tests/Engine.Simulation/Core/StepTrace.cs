using System.Globalization;
using System.Text;

namespace Engine.Simulation;

/// <summary>The record of a run: always the hash chain; the text of each step and effect only where a writer was given.</summary>
public sealed class StepTrace
{
    private readonly TextWriter? _text;
    private readonly StringBuilder _effects = new();
    private TraceHash _hash;

    /// <summary>A trace that also writes text, unless <paramref name="text"/> is null. The writer stays the caller's.</summary>
    public StepTrace(TextWriter? text) => _text = text;

    /// <summary>The chain up to now.</summary>
    public TraceHash Hash => _hash;

    /// <summary>Whether text is wanted: ask before building any.</summary>
    public bool HasText => _text is not null;

    /// <summary>Adds an effect of the step that is under way.</summary>
    public void Effect(ulong digest, ulong detail) => _hash.Fold(digest, detail);

    /// <summary>Words about the step that is under way; they stand behind it in the text.</summary>
    public void Say(string words)
    {
        if (_text is not null)
            _effects.Append("    ").Append(words).Append('\n');
    }

    /// <summary>Ends a step.</summary>
    public void Step(long number, long atMicros, in SimStep step, ulong outcome)
    {
        _hash.Fold(((ulong)step.Kind << 56) ^ ((ulong)(uint)step.Subject << 24) ^ step.Token, outcome ^ (ulong)atMicros);
        if (_text is null)
            return;
        _text.Write(string.Create(
            CultureInfo.InvariantCulture, $"{number} {atMicros}us {step.Kind} {step.Subject} {step.Token:x} {outcome:x}\n"));
        _text.Write(_effects);
        _effects.Clear();
    }
}
