//! Defines a set of link roles.

use crate::model::Role;

/// The roles in which a URL is linked, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoleSet(u8);

impl RoleSet {
    /// The set of these roles.
    pub fn from_roles(roles: impl IntoIterator<Item = Role>) -> Self {
        let mut set = Self::default();
        for role in roles {
            set.insert(role);
        }
        set
    }

    /// Adds a role.
    pub fn insert(&mut self, role: Role) {
        self.0 |= 1 << role as u8;
    }

    /// Whether a role is in the set.
    pub fn contains(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    /// The roles in the set.
    pub fn to_vec(self) -> Vec<Role> {
        const ALL: [Role; 6] =
            [Role::Repost, Role::Source, Role::Mention, Role::Image, Role::Local, Role::Navigation];
        ALL.into_iter().filter(|role| self.contains(*role)).collect()
    }

    /// Whether the URL is only used as an image.
    pub fn is_only_image(self) -> bool {
        self == Self::from_roles([Role::Image])
    }
}
