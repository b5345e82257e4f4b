namespace Engine.Migration;

/// <summary>How far a rank with a copy of an inode is with handing over the capabilities that clients have there. Source:
/// migrator specification, 2.8.</summary>
public enum CapsExportState
{
    /// <summary>The authority is not known, not there, or could not take them yet.</summary>
    Waiting = 0,

    /// <summary>The authority has been told, and has not answered.</summary>
    Asked = 1,
}
