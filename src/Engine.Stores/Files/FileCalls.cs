using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

/// <summary>The system calls by which a <see cref="FileStore"/> changes its objects; a test watches them, or leaves one
/// out.</summary>
internal class FileCalls
{
    public virtual IoError Create(string path, out StorageFile? file) => StorageFile.Create(path, out file);

    public virtual IoResult Write(string path, StorageFile file, Span<IoVector> vectors) => file.Write(0, vectors);

    public virtual IoError Sync(string path, StorageFile file) => file.Sync();

    public virtual IoError Rename(string from, string to) => StorageNames.Rename(from, to);

    public virtual IoError Remove(string path) => StorageNames.Remove(path);

    public virtual IoError SyncDirectory(string path) => StorageNames.Sync(path);
}
