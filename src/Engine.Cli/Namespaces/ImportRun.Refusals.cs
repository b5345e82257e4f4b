using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cli.Namespaces;

/// <content>What the namespace refuses, and what is left out.</content>
internal sealed partial class ImportRun
{
    private static readonly IoError s_notUtf8 = new(84);

    /// <summary>Set on the rank's thread.</summary>
    private volatile bool _isFull;

    /// <summary>Once one change had no room, the next have none either.</summary>
    private void ExpectRoom()
    {
        if (_isFull)
            throw client.NoRoom();
    }

    /// <summary>A name that the namespace cannot have is told as it is on this machine.</summary>
    private void Refuse(ImportDirectory directory, ClientRequest request, IoError error) =>
        Refuse(error == s_notUtf8 ? directory.SourceOf(request) : directory.PathOf(request), error);

    private void Refuse(ReadOnlySpan<byte> path, IoError error, bool isName = true, string below = "")
    {
        if (error == IoError.Exists && skipsExisting)
        {
            Interlocked.Increment(ref _skipped);
            return;
        }

        if (error == client.Refusal)
        {
            _isFull = true;
            return;
        }

        _existing += error == IoError.Exists ? 1 : 0;
        if (isName)
            LeaveOut(path, FsErrors.Sentence(error, client.Damage) + below);
        else
            Fail(path, FsErrors.Sentence(error, client.Damage));
    }

    /// <summary>A name that was found and is not imported.</summary>
    private void LeaveOut(ReadOnlySpan<byte> path, string why)
    {
        Interlocked.Increment(ref _leftOut);
        Fail(path, why);
    }

    private void Fail(ReadOnlySpan<byte> path, string why)
    {
        string note = $"{FsPath.Show(path)}: {why}";
        lock (_notes)
        {
            _failures++;
            if (_notes.Count < NotesMax)
                _notes.Add(note);
        }
    }
}
