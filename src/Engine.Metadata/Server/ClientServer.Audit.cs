namespace Engine.Metadata;

/// <content>Checks of sessions and capabilities. Source: migrator specification, section 6, C4 and C5.</content>
internal sealed partial class ClientServer
{
    /// <summary>C4 where nothing migrates: no session is held for an import.</summary>
    public void AuditImports(List<string> findings)
    {
        foreach (Session session in Sessions.Sessions)
        {
            if (session.ImportingCount != 0)
                findings.Add($"C4: {session.Client}: held for {session.ImportingCount} imports, and there is none");
        }
    }

    /// <summary>C5: at rest no import is left.</summary>
    public void AuditImportsAtRest(List<string> findings)
    {
        foreach (Session session in Sessions.Sessions)
        {
            if (session.ImportingCount != 0)
                findings.Add($"C5: {session.Client}: is still held for {session.ImportingCount} imports");
        }

        List<CapInode> inodes = [];
        List<Cap> caps = [];
        Caps.List(inodes);
        foreach (CapInode inode in inodes)
        {
            caps.Clear();
            Caps.List(inode, caps);
            foreach (Cap cap in caps)
            {
                if ((cap.Flags & (CapFlags.Importing | CapFlags.ImportOnly)) != 0)
                    findings.Add($"C5: {cap.Client}: its capability on {cap.Ino} is still being imported");
            }
        }
    }
}
