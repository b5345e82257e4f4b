using Engine.Buffers;

namespace Engine.Cli.Namespaces;

/// <content>What the namespace refuses, and what is left out.</content>
internal sealed partial class ImportRun
{
    /// <summary>Set on the rank's thread.</summary>
    private volatile bool _isFull;

    /// <summary>Once one change had no room, the next have none either.</summary>
    private void ExpectRoom()
    {
        if (_isFull)
            throw client.NoRoom();
    }

    private void Refuse(ReadOnlySpan<byte> path, IoError error)
    {
        if (error == IoError.Exists && skipsExisting)
        {
            _skipped++;
            return;
        }

        if (error == IoError.NoSpace && client.IsStoreFull)
        {
            _isFull = true;
            return;
        }

        _existing += error == IoError.Exists ? 1 : 0;
        Fail(path, FsErrors.Sentence(error));
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
