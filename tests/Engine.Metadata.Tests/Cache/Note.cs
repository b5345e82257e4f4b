using Engine.Buffers;

namespace Engine.Metadata.Tests;

/// <summary>A continuation that writes down that it ran.</summary>
internal sealed class Note(string text, List<string> log, ClientId client = default) : Continuation
{
    public override ClientId Client => client;

    public override void Run(IoError error) => log.Add(error.Failed ? $"{text} {error}" : text);
}
