namespace Engine.Metadata;

/// <summary>Writes what every segment begins with: all that replay needs beside the segments' own events.</summary>
internal interface ISegmentHead
{
    /// <summary>Adds the subtrees, the next inode number and the session table.</summary>
    void WriteHead(EventBuilder builder);

    /// <summary>Dirfrags that may need events before their segments can go.</summary>
    int DirtyDirCount { get; }
}
